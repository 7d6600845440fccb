#include "pages/html_scanner.h"

#include "base/text.h"

namespace trestle::pages {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

}  // namespace

void HtmlScanner::text(std::string_view s) {
  for (std::size_t i = 0; i < s.size(); i++) step(s, i);
}

void HtmlScanner::value() {
  if (place.at == At::before_value) place.at = At::unquoted;
  if (place.at == At::quoted || place.at == At::unquoted)
    place.value.push_back('\x01');
  if (place.at == At::tag_open) place.at = At::tag_name;
  if (place.at == At::in_tag || place.at == At::after_name) {
    place.at = At::attribute;
    place.attribute.assign(1, '\x01');
  }
}

void HtmlScanner::step(std::string_view s, std::size_t& i) {
  char c = s[i];
  switch (place.at) {
    case At::text:
      return in_text(s, i);
    case At::skipped:
    case At::raw:
      return in_raw(s, i);
    case At::comment:
      if (s.substr(i).starts_with("-->")) {
        place.at = At::text;
        i += 2;
      }
      return;
    case At::tag_open:
      if (c == '/') {
        place.closing = true;
      } else if ((static_cast<char>(c | 0x20) >= 'a' &&
                  static_cast<char>(c | 0x20) <= 'z')) {
        place.at = At::tag_name;
        place.tag = ascii_lower(s.substr(i, 1));
      } else {
        place.at = At::text;
      }
      return;
    case At::tag_name:
      if (is_blank(c) || c == '/')
        place.at = At::in_tag;
      else if (c == '>')
        close_tag();
      else
        place.tag += ascii_lower(s.substr(i, 1));
      return;
    case At::in_tag:
      if (c == '>') return close_tag();
      if (is_blank(c) || c == '/') return;
      place.at = At::attribute;
      place.attribute = ascii_lower(s.substr(i, 1));
      return;
    case At::attribute:
    case At::after_name:
      return in_name(c, s.substr(i, 1));
    case At::before_value:
      if (is_blank(c)) return;
      place.value.clear();
      if (c == '"' || c == '\'') {
        place.at = At::quoted;
        place.quote = c;
      } else if (c == '>') {
        close_tag();
      } else {
        place.at = At::unquoted;
        place.value.assign(1, c);
      }
      return;
    case At::unquoted:
      if (is_blank(c))
        place.at = At::in_tag;
      else if (c == '>')
        close_tag();
      else
        place.value.push_back(c);
      return;
    case At::quoted:
      if (c == place.quote)
        place.at = At::in_tag;
      else
        place.value.push_back(c);
      return;
  }
}

void HtmlScanner::in_text(std::string_view s, std::size_t& i) {
  if (s[i] != '<') return;
  if (s.substr(i).starts_with("<!--")) {
    place.at = At::comment;
    i += 3;
    return;
  }
  place.at = At::tag_open;
  place.closing = false;
  place.tag.clear();
  place.attribute.clear();
  place.value.clear();
}

// Only the element's own end tag ends it.
void HtmlScanner::in_raw(std::string_view s, std::size_t& i) {
  if (s[i] != '<' || i + 1 >= s.size() || s[i + 1] != '/') return;
  if (!ascii_iequals(s.substr(i + 2, place.tag.size()), place.tag)) return;
  i += 1 + place.tag.size();
  place.closing = true;
  place.at = At::tag_name;
}

void HtmlScanner::in_name(char c, std::string_view letter) {
  if (c == '=') {
    place.at = At::before_value;
    place.value.clear();
  } else if (c == '>') {
    close_tag();
  } else if (c == '/') {
    place.at = At::in_tag;
  } else if (is_blank(c)) {
    place.at = At::after_name;
  } else if (place.at == At::after_name) {
    place.at = At::attribute;
    place.attribute = ascii_lower(letter);
  } else {
    place.attribute += ascii_lower(letter);
  }
}

void HtmlScanner::close_tag() {
  place.at = At::text;
  if (place.closing) return;
  if (place.tag == "script" || place.tag == "style") place.at = At::raw;
  if (place.tag == "textarea" || place.tag == "title") place.at = At::skipped;
}

}  // namespace trestle::pages
