#include "sql/statement.h"

#include <array>

#include "base/text.h"

namespace trestle {

SqlRef make_sql(std::string text, std::vector<Oid> param_types,
                std::string_view scope) {
  // 128 bits in two independent halves: a name that two texts shared would run
  // the wrong one.
  std::uint64_t first = fnv1a(text);
  std::uint64_t second = fnv1a(text, 0x9e3779b97f4a7c15ULL);
  auto mix = [&](std::string_view bytes) {
    first = fnv1a(bytes, first);
    second = fnv1a(bytes, second ^ bytes.size());
  };
  for (Oid type : param_types)
    mix({reinterpret_cast<const char*>(&type), sizeof type});
  mix(scope);
  std::array<std::uint64_t, 2> hash = {first, second};
  std::string name =
      concat({"t", base64url_encode({reinterpret_cast<const char*>(hash.data()),
                                     sizeof hash})});
  return std::make_shared<const Sql>(Sql{.text = std::move(text),
                                         .param_types = std::move(param_types),
                                         .name = std::move(name)});
}

}  // namespace trestle
