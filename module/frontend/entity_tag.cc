#include "frontend/entity_tag.h"

#include <cstdint>

#include "base/text.h"

namespace trestle {

std::string entity_tag(std::string_view body) {
  std::uint64_t hash = fnv1a(body);
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(hash >> shift));
  return concat(
      {"W/\"", hex_encode(bytes), "-", std::to_string(body.size()), "\""});
}

}  // namespace trestle
