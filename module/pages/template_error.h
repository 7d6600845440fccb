// What is wrong with a template or its rendering, and where.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trestle::pages {

struct TemplateError {
  enum class Kind { syntax, undefined, notfound, runtime };

  Kind kind = Kind::runtime;
  std::string file = {};     // name of the template within its set
  std::uint32_t line = 0;    // from 1
  std::uint32_t column = 0;  // in bytes, from 1
  std::string message = {};  // with Python's class in front: "TypeError: ..."
  std::string excerpt = {};  // the source line, and below it a marker

  [[nodiscard]] std::string_view kind_name() const;
  // "FILE:LINE: KIND error: MESSAGE", one line.
  [[nodiscard]] std::string summary() const;
  // The summary and the excerpt below it.
  [[nodiscard]] std::string report() const;
};

// Fills line, column and excerpt from a byte offset of the source.
void locate(TemplateError& error, std::string_view source, std::size_t offset);

}  // namespace trestle::pages
