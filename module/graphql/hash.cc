#include "graphql/hash.h"

#include <openssl/sha.h>

#include "base/text.h"

namespace trestle::graphql {

std::string sha256_hex(std::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         digest);
  return hex_encode({reinterpret_cast<const char*>(digest), sizeof digest});
}

}  // namespace trestle::graphql
