// One JWK set in shared memory: a single process writes it, all read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "auth/remote_keys.h"
#include "http/nginx.h"

namespace trestle::http {

// Larger sets are refused.
inline constexpr std::size_t kMaxJwks = 64 * 1024;

class JwksZone {
 public:
  explicit JwksZone(const ngx_shm_zone_t* zone) : zone_(zone) {}

  // The zone of that URL, one however often it is asked for; a reload keeps
  // what is in it. Null: it cannot be (logged). Configuration load.
  [[nodiscard]] static ngx_shm_zone_t* add(ngx_conf_t* cf,
                                           std::string_view url);

  // 0: nothing was ever stored.
  [[nodiscard]] std::uint64_t generation() const;
  // The set's text and its generation.
  [[nodiscard]] std::uint64_t read(std::string& json) const;
  // At most kMaxJwks. False: it was there already.
  [[nodiscard]] bool store(std::string_view json);

  void ask_anew();
  // Whether somebody has asked since the last call.
  [[nodiscard]] bool take_asked();

 private:
  struct Set;
  [[nodiscard]] Set& set() const;

  const ngx_shm_zone_t* zone_;
};

// The keys in a zone, as the workers' authenticators ask for them.
[[nodiscard]] std::shared_ptr<auth::RemoteKeys> zone_keys(
    const ngx_shm_zone_t* zone);

}  // namespace trestle::http
