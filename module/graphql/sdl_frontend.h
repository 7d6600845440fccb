// The front-end of trestle_graphql with sdl=FILE: an endpoint whose schema is a
// file (sdl_schema.h).
#pragma once

#include <memory>

#include "frontend/frontend.h"
#include "graphql/options.h"
#include "graphql/sdl_schema.h"

namespace trestle::graphql {

// Configuration load.
[[nodiscard]] std::unique_ptr<Frontend> make_sdl_frontend(
    GraphqlOptions options, std::unique_ptr<SdlSchema> sdl);

}  // namespace trestle::graphql
