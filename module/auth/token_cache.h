// TokenCache remembers which tokens have been verified, so that a client that
// sends the same token again costs one hash and one look-up.
//
// Keys are SHA-256 of the authenticator's salt and the token: what was accepted
// under other keys is not found, so a cache may outlive an authenticator and
// serve several. Only accepted tokens are stored, each with the time in which
// it may be used. Eviction is SIEVE (Zhang et al., NSDI 2024): entries in order
// of arrival, a hand that goes from old to new and takes the first one not used
// since its last visit.
//
// One per worker; not for use by two threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <list>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "auth/identity.h"
#include "auth/openssl.h"

namespace trestle::auth {

class TokenCache {
 public:
  using Digest = std::array<unsigned char, 32>;

  // Zero entries: nothing is remembered.
  explicit TokenCache(std::size_t max_entries = 1024,
                      std::size_t max_bytes = 8 * 1024 * 1024);

  // nullopt when the digest cannot be computed (no memory): verify then.
  [[nodiscard]] std::optional<Digest> digest(std::string_view salt,
                                             std::string_view token);

  // The identity stored under that digest if `now` lies in its time, else
  // null. Borrowed until the next insert() or clear().
  [[nodiscard]] const Identity* find(const Digest& digest, std::int64_t now);

  // Usable while from <= now <= until (seconds since 1970).
  void insert(const Digest& digest, Identity identity, std::int64_t from,
              std::int64_t until);

  void clear();

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Digest digest;
    Identity identity;
    std::int64_t from;
    std::int64_t until;
    std::size_t bytes;
    bool used;
  };
  // A digest is uniform already, and salted: its first bytes are the hash.
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const {
      std::size_t hash;
      std::memcpy(&hash, digest.data(), sizeof(hash));
      return hash;
    }
  };
  using Entries = std::list<Entry>;

  void erase(Entries::iterator entry);
  void evict_one();

  std::size_t max_entries_;
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  Entries entries_;  // newest first
  Entries::iterator hand_ = entries_.end();
  std::unordered_map<Digest, Entries::iterator, DigestHash> index_;
  DigestPtr sha256_;
  DigestContextPtr context_;
};

}  // namespace trestle::auth
