// Media types: reading Accept and Content-Type, writing Content-Type.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trestle::rest {

struct MediaType {
  enum class Kind {
    any,           // */*
    json,          // application/json
    array,         // application/vnd.pgrst.array+json
    array_strip,   //   ;nulls=stripped
    object,        // application/vnd.pgrst.object+json
    object_strip,  //   ;nulls=stripped
    geojson,
    csv,
    ndjson,  // ours: a row a line
    text,
    xml,
    octets,
    form,
    openapi,
    plan,  // application/vnd.pgrst.plan
    sql,   // application/sql
    other,
  };

  // How a plan is to be explained.
  struct Plan {
    bool json = false;  // +json; else text
    bool analyze = false;
    bool verbose = false;
    bool settings = false;
    bool buffers = false;
    bool wal = false;
    std::string of = "application/json";  // for="..."
  };

  Kind kind = Kind::json;
  std::string name;  // lower case, without parameters
  Plan plan;
  std::string version;  // of openapi
};

// One media type, with its parameters.
[[nodiscard]] MediaType parse_media_type(std::string_view text);

// The types of an Accept header, best first; */* when there is none.
[[nodiscard]] std::vector<MediaType> parse_accept(
    std::optional<std::string_view> header);

// What Content-Type says for a body of that type.
[[nodiscard]] std::string content_type_of(const MediaType& type);
// The same without charset, as messages name it.
[[nodiscard]] std::string media_name(const MediaType& type);

}  // namespace trestle::rest
