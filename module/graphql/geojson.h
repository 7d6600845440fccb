// What PostGIS lets pass in GeoJSON and RFC 7946 (section 3.1) does not: lines
// and rings with too few positions, rings that are not closed.
#pragma once

#include <optional>
#include <string>

#include "graphql/ast.h"

namespace trestle::graphql {

// Why a value is no geometry; nullopt when nothing is wrong or it is for
// PostGIS to say.
[[nodiscard]] std::optional<std::string> find_geojson_mistake(
    const Value& value);

}  // namespace trestle::graphql
