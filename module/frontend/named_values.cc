#include "frontend/named_values.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace trestle {

namespace {

// Walks the members of an object that a parser has found to be good JSON, to
// have each value's own text: a number keeps all of its digits.
class MemberTexts {
 public:
  explicit MemberTexts(std::string_view object)
      : text_(object), at_(object.find('{') + 1) {}

  // The text of the next member's value.
  std::string_view next() {
    while (text_[at_] != '"') at_++;  // behind blanks and the comma
    skip_string();
    while (text_[at_] != ':') at_++;
    at_++;
    while (is_blank(text_[at_])) at_++;
    std::size_t begin = at_;
    skip_value();
    return text_.substr(begin, at_ - begin);
  }

 private:
  static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  void skip_string() {
    for (at_++; text_[at_] != '"'; at_++)
      if (text_[at_] == '\\') at_++;
    at_++;
  }

  void skip_value() {
    std::size_t depth = 0;
    do {
      char c = text_[at_];
      if (c == '"') {
        skip_string();
      } else if (c == '{' || c == '[') {
        depth++;
        at_++;
      } else if (c == '}' || c == ']') {
        depth--;
        at_++;
      } else if (depth > 0) {
        at_++;
      } else {
        while (!is_blank(text_[at_]) && text_[at_] != ',' && text_[at_] != '}')
          at_++;
      }
    } while (depth > 0);
  }

  std::string_view text_;
  std::size_t at_;
};

Param param_of(const rapidjson::Value& value, std::string_view text) {
  if (value.IsNull()) return std::nullopt;
  if (value.IsString()) return std::string(json_text(value));
  return std::string(text);
}

Error malformed_form() {
  return {.code = "TRS106",
          .http_status = 400,
          .message =
              "A percent sign in the query string or form is not "
              "followed by two hexadecimal digits"};
}

Error not_an_object() {
  return {.code = "TRS105",
          .http_status = 400,
          .message =
              "The body must be a JSON object, because its members are "
              "looked up by name"};
}

}  // namespace

Result<NamedValues> NamedValues::from_form(std::string_view text) {
  NamedValues values;
  for (std::string_view pair : split(text, '&')) {
    if (pair.empty()) continue;
    std::size_t equals = std::min(pair.find('='), pair.size());
    std::size_t begin = std::min(equals + 1, pair.size());
    std::optional<std::string> name = url_decode(pair.substr(0, equals), true);
    std::optional<std::string> value = url_decode(pair.substr(begin), true);
    if (!name || !value) return malformed_form();
    values.entries_.push_back(
        {.name = *std::move(name), .value = std::move(value)});
  }
  return values;
}

Result<NamedValues> NamedValues::from_json(std::string_view text) {
  Result<rapidjson::Document> parsed = parse_json(text);
  if (!parsed.ok()) return std::move(parsed).error();
  if (!parsed->IsObject()) return not_an_object();
  NamedValues values;
  values.entries_.reserve(parsed->MemberCount());
  MemberTexts texts(text);
  for (const auto& member : std::as_const(*parsed).GetObject())
    values.entries_.push_back({.name = std::string(json_text(member.name)),
                               .value = param_of(member.value, texts.next())});
  std::ranges::reverse(values.entries_);
  return values;
}

void NamedValues::add(std::string name, Param value) {
  entries_.push_back({.name = std::move(name), .value = std::move(value)});
}

void NamedValues::set(std::string_view name, Param value) {
  std::erase_if(entries_, [&](const Entry& each) { return each.name == name; });
  add(std::string(name), std::move(value));
}

const Param* NamedValues::find(std::string_view name) const {
  auto found = std::ranges::find(entries_, name, &Entry::name);
  return found == entries_.end() ? nullptr : &found->value;
}

std::string media_type(std::string_view content_type) {
  return ascii_lower(trim(content_type.substr(0, content_type.find(';'))));
}

bool is_json_type(std::string_view media_type) {
  return media_type == "application/json" || media_type.ends_with("+json");
}

}  // namespace trestle
