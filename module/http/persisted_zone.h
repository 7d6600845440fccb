// The texts of persisted GraphQL documents, in a zone of shared memory: a hash
// that one worker was told is known to all. The least recently used goes when
// there is no room. A reload keeps them as long as the size stays the same.
#pragma once

#include <cstddef>
#include <memory>

#include "graphql/persisted_texts.h"
#include "http/nginx.h"

namespace trestle::http {

struct MainConf;

// trestle_graphql_memory size;
[[nodiscard]] char* set_graphql_memory(ngx_conf_t* cf, MainConf& conf);

// Adds the zone to the configuration, once however often it is asked for. Null:
// it cannot be (logged). The texts are those of the cycle's workers.
[[nodiscard]] std::shared_ptr<graphql::PersistedTexts> add_persisted_zone(
    ngx_conf_t* cf);

}  // namespace trestle::http
