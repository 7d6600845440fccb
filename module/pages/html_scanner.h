// A small HTML scanner (HTML 13.2.5, as far as places of values need it): fed
// with the text of a template, it tells where a printed value would stand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trestle::pages {

struct HtmlPlace {
  enum class At : std::uint8_t {
    text,
    tag_open,   // behind '<'
    tag_name,   // in it
    in_tag,     // between attributes
    attribute,  // in an attribute's name
    after_name,
    before_value,  // behind '='
    unquoted,
    quoted,
    comment,
    raw,      // inside script or style
    skipped,  // inside textarea or title: text, but no tags
  };
  At at = At::text;
  char quote = 0;
  bool closing = false;
  std::string tag;        // lower case
  std::string attribute;  // lower case
  std::string value;      // of the attribute so far; \x01 for a printed value
};

class HtmlScanner {
 public:
  void text(std::string_view s);

  // A value was printed here: what follows is seen as if it were a word.
  void value();

  HtmlPlace place;

 private:
  using At = HtmlPlace::At;

  void step(std::string_view s, std::size_t& i);
  void in_text(std::string_view s, std::size_t& i);
  void in_raw(std::string_view s, std::size_t& i);
  void in_name(char c, std::string_view letter);
  void close_tag();
};

}  // namespace trestle::pages
