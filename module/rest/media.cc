#include "rest/media.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/text.h"

namespace trestle::rest {
namespace {

using Kind = MediaType::Kind;

struct Known {
  std::string_view name;
  Kind kind;
};
constexpr std::array<Known, 19> kKnown = {{
    {"*/*", Kind::any},
    {"application/*", Kind::any},
    {"application/json", Kind::json},
    {"application/vnd.pgrst.array+json", Kind::array},
    {"application/vnd.pgrst.array", Kind::array},
    {"application/vnd.pgrst.object+json", Kind::object},
    {"application/vnd.pgrst.object", Kind::object},
    {"application/geo+json", Kind::geojson},
    {"text/csv", Kind::csv},
    {"application/x-ndjson", Kind::ndjson},
    {"text/plain", Kind::text},
    {"text/xml", Kind::xml},
    {"application/octet-stream", Kind::octets},
    {"application/x-www-form-urlencoded", Kind::form},
    {"application/openapi+json", Kind::openapi},
    {"application/vnd.pgrst.plan", Kind::plan},
    {"application/vnd.pgrst.plan+text", Kind::plan},
    {"application/vnd.pgrst.plan+json", Kind::plan},
    {"application/sql", Kind::sql},
}};

// Splits at `separator` outside of double quotes.
std::vector<std::string_view> split_quoted(std::string_view text,
                                           char separator) {
  std::vector<std::string_view> pieces;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '"') quoted = !quoted;
    if (i == text.size() || (text[i] == separator && !quoted)) {
      pieces.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  return pieces;
}

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    return text.substr(1, text.size() - 2);
  return text;
}

void read_plan_options(std::string_view value, MediaType::Plan& plan) {
  for (std::string_view option : split(value, '|')) {
    plan.analyze = plan.analyze || option == "analyze";
    plan.verbose = plan.verbose || option == "verbose";
    plan.settings = plan.settings || option == "settings";
    plan.buffers = plan.buffers || option == "buffers";
    plan.wal = plan.wal || option == "wal";
  }
}

void read_parameter(std::string_view name, std::string_view value,
                    MediaType& type) {
  if (name == "nulls" && value == "stripped") {
    if (type.kind == Kind::array) type.kind = Kind::array_strip;
    if (type.kind == Kind::object) type.kind = Kind::object_strip;
  }
  if (type.kind == Kind::plan && name == "for")
    type.plan.of = ascii_lower(value);
  if (type.kind == Kind::plan && name == "options")
    read_plan_options(value, type.plan);
  if (type.kind == Kind::openapi && name == "version")
    type.version = std::string(value);
}

}  // namespace

MediaType parse_media_type(std::string_view text) {
  std::vector<std::string_view> pieces = split_quoted(text, ';');
  MediaType type;
  type.name = ascii_lower(trim(pieces[0]));
  type.kind = Kind::other;
  for (const Known& known : kKnown)
    if (known.name == type.name) type.kind = known.kind;
  if (type.kind == Kind::plan) type.plan.json = type.name.ends_with("+json");
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    std::string_view piece = trim(pieces[i]);
    std::size_t equal = piece.find('=');
    if (equal == std::string_view::npos) continue;
    std::string name = ascii_lower(trim(piece.substr(0, equal)));
    read_parameter(name, unquoted(trim(piece.substr(equal + 1))), type);
  }
  return type;
}

std::vector<MediaType> parse_accept(std::optional<std::string_view> header) {
  struct Weighted {
    MediaType type;
    double weight;
  };
  std::vector<Weighted> weighted;
  for (std::string_view piece : split_quoted(header.value_or(""), ',')) {
    piece = trim(piece);
    if (piece.empty()) continue;
    double weight = 1;
    for (std::string_view parameter : split_quoted(piece, ';')) {
      parameter = trim(parameter);
      if (parameter.starts_with("q="))
        weight = std::strtod(std::string(parameter.substr(2)).c_str(), nullptr);
    }
    weighted.push_back({parse_media_type(piece), weight});
  }
  std::stable_sort(
      weighted.begin(), weighted.end(),
      [](const Weighted& a, const Weighted& b) { return a.weight > b.weight; });
  std::vector<MediaType> types;
  for (Weighted& w : weighted)
    if (w.weight > 0) types.push_back(std::move(w.type));
  if (types.empty()) types.push_back(parse_media_type("*/*"));
  return types;
}

std::string media_name(const MediaType& type) {
  switch (type.kind) {
    case Kind::any:
      return "*/*";
    case Kind::json:
      return "application/json";
    case Kind::array:
      return "application/vnd.pgrst.array+json";
    case Kind::array_strip:
      return "application/vnd.pgrst.array+json;nulls=stripped";
    case Kind::object:
      return "application/vnd.pgrst.object+json";
    case Kind::object_strip:
      return "application/vnd.pgrst.object+json;nulls=stripped";
    case Kind::plan: {
      std::string name = type.plan.json ? "application/vnd.pgrst.plan+json"
                                        : "application/vnd.pgrst.plan+text";
      name += concat({"; for=\"", type.plan.of, "\""});
      std::string options;
      auto add = [&](bool on, std::string_view option) {
        if (!on) return;
        if (!options.empty()) options += "|";
        options += option;
      };
      add(type.plan.analyze, "analyze");
      add(type.plan.verbose, "verbose");
      add(type.plan.settings, "settings");
      add(type.plan.buffers, "buffers");
      add(type.plan.wal, "wal");
      if (!options.empty()) name += concat({"; options=", options, ";"});
      return name;
    }
    default:
      return type.name;
  }
}

std::string content_type_of(const MediaType& type) {
  switch (type.kind) {
    case Kind::other:
    case Kind::any:
      return type.kind == Kind::any ? "application/octet-stream" : type.name;
    case Kind::octets:
      return "application/octet-stream";
    case Kind::plan: {
      std::string name = media_name(type);
      return name +
             (name.ends_with(";") ? " charset=utf-8" : "; charset=utf-8");
    }
    default:
      return media_name(type) + "; charset=utf-8";
  }
}

}  // namespace trestle::rest
