#include "pages/form.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/text.h"

namespace trestle::pages {

namespace {

using Type = FieldRule::Type;

std::string number_text(double value) {
  char buffer[32];
  auto [end, problem] = std::to_chars(buffer, buffer + sizeof buffer, value,
                                      std::chars_format::fixed);
  static_cast<void>(problem);
  return {buffer, end};
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// A file is the text of a bytea: \x, and two digits a byte.
std::size_t file_size(std::string_view text) { return text.size() / 2 - 1; }

// How many `unit` a value has beside how many it may have.
std::string check_size(const FieldRule& rule, double size,
                       std::string_view unit) {
  if (rule.min && size < *rule.min)
    return concat({"At least ", number_text(*rule.min), unit});
  if (rule.max && size > *rule.max)
    return concat({"At most ", number_text(*rule.max), unit});
  return {};
}

template <class Number>
std::string check_number(const FieldRule& rule, std::string_view text,
                         std::string_view otherwise) {
  Number value{};
  auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size())
    return std::string(otherwise);
  return check_size(rule, static_cast<double>(value), "");
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  return std::ranges::all_of(
      text, [](char c) { return c == '-' || (c >= '0' && c <= '9'); });
}

bool is_email(std::string_view text) {
  std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() &&
         text.find('@', at + 1) == std::string_view::npos &&
         text.find_first_of(" \t\r\n,;<>") == std::string_view::npos;
}

bool is_url(std::string_view text) {
  return (text.starts_with("https://") || text.starts_with("http://")) &&
         text.find_first_of(" \t\r\n\"<>") == std::string_view::npos;
}

// What is wrong with a value that is there; empty: nothing.
std::string check_value(const FieldRule& rule, std::string_view text) {
  if (!rule.choices.empty() &&
      std::ranges::find(rule.choices, text) == rule.choices.end())
    return "Not one of the choices";
  switch (rule.type) {
    case Type::text:
      return check_size(rule, static_cast<double>(characters(text)),
                        " characters");
    case Type::integer:
      return check_number<std::int64_t>(rule, text, "Not a whole number");
    case Type::number:
      return check_number<double>(rule, text, "Not a number");
    case Type::date:
      return is_date(text) ? "" : "Not a date";
    case Type::email:
      return is_email(text)
                 ? check_size(rule, static_cast<double>(characters(text)),
                              " characters")
                 : "Not an e-mail address";
    case Type::url:
      return is_url(text) ? "" : "Not a web address";
    case Type::file:
      if (!text.starts_with("\\x")) return "Not a file";
      return check_size(rule, static_cast<double>(file_size(text)), " bytes");
    case Type::boolean:
      break;
  }
  return {};
}

bool is_true(std::string_view text) {
  return text == "on" || text == "true" || text == "1" || text == "yes" ||
         text == "t";
}

}  // namespace

FieldErrors check_form(const SectionRules& rules, NamedValues& values) {
  FieldErrors errors;
  for (const FieldRule& rule : rules.fields) {
    const Param* found = values.find(rule.name);
    Param value = found == nullptr ? Param() : *found;
    if (value && value->empty()) value.reset();
    std::string problem;
    if (rule.type == Type::boolean) {
      bool set = value && is_true(*value);
      if (rule.required && !set) problem = "This must be agreed to";
      value = set ? "true" : "false";
    } else if (!value) {
      if (rule.required) problem = "This field is required";
    } else {
      problem = check_value(rule, *value);
    }
    if (!problem.empty())
      errors.emplace_back(rule.name,
                          rule.message.empty() ? problem : rule.message);
    values.set(rule.name, std::move(value));
  }
  return errors;
}

}  // namespace trestle::pages
