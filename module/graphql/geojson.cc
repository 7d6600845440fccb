#include "graphql/geojson.h"

#include "base/text.h"
#include "graphql/overlap.h"

namespace trestle::graphql {
namespace {

using Mistake = std::optional<std::string>;

Mistake check_line(const Value& line) {
  if (line.items.size() < 2) return "A LineString needs at least 2 Positions";
  return std::nullopt;
}

Mistake check_polygon(const Value& polygon) {
  for (const Value& ring : polygon.items) {
    if (ring.items.size() < 4) return "A LinearRing needs at least 4 Positions";
    if (!same_value(ring.items[0], ring.items[ring.items.size() - 1]))
      return "the first and last locations have to be equal for a LinearRing";
  }
  return std::nullopt;
}

Mistake check_each(const Value& list, Mistake (*check)(const Value&)) {
  for (const Value& item : list.items)
    if (Mistake mistake = check(item)) return mistake;
  return std::nullopt;
}

}  // namespace

std::optional<std::string> find_geojson_mistake(const Value& value) {
  const Value* type = value.member("type");
  if (type == nullptr || !type->is(ValueKind::string))
    return "key \"type\" not found";
  if (type->text == "GeometryCollection") {
    const Value* members = value.member("geometries");
    return members == nullptr ? std::nullopt
                              : check_each(*members, find_geojson_mistake);
  }
  const Value* coordinates = value.member("coordinates");
  if (coordinates == nullptr) return "key \"coordinates\" not found";
  if (type->text == "Point") {
    if (coordinates->items.size() < 2)
      return "A Position needs at least 2 elements";
    return std::nullopt;
  }
  if (type->text == "MultiPoint") return std::nullopt;
  if (type->text == "LineString") return check_line(*coordinates);
  if (type->text == "Polygon") return check_polygon(*coordinates);
  if (type->text == "MultiLineString")
    return check_each(*coordinates, check_line);
  if (type->text == "MultiPolygon")
    return check_each(*coordinates, check_polygon);
  return concat({"unexpected geometry type: ", type->text});
}

}  // namespace trestle::graphql
