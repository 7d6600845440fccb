// Keys that somebody else publishes and replaces while we run: the JWK set of
// an identity provider.
#pragma once

#include <cstdint>

#include "auth/key.h"

namespace trestle::auth {

class RemoteKeys {
 public:
  // The set in force, until the next call of current().
  struct Current {
    const KeySet* keys = nullptr;  // null: none has come yet
    std::uint64_t generation = 0;  // another one with each set
  };

  virtual ~RemoteKeys() = default;
  [[nodiscard]] virtual Current current() = 0;
  // A token names a key that is not in the set: there may be a newer one.
  virtual void ask_anew() = 0;
};

}  // namespace trestle::auth
