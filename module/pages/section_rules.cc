#include "pages/section_rules.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "sql/annotations.h"

namespace trestle::pages {

namespace {

using Type = FieldRule::Type;

struct TypeName {
  std::string_view name;
  Type type;
};
constexpr auto kTypes = std::to_array<TypeName>({{"text", Type::text},
                                                 {"int", Type::integer},
                                                 {"number", Type::number},
                                                 {"bool", Type::boolean},
                                                 {"date", Type::date},
                                                 {"email", Type::email},
                                                 {"url", Type::url},
                                                 {"file", Type::file}});

// The words of a line; what stands in double quotes is one of them, or the rest
// of one.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  bool quoted = false;
  bool open = false;
  for (char c : line) {
    if (c == '"') {
      quoted = !quoted;
      if (!open) words.emplace_back();
      open = true;
    } else if (!quoted && (c == ' ' || c == '\t')) {
      open = false;
    } else {
      if (!open) words.emplace_back();
      open = true;
      words.back().push_back(c);
    }
  }
  return words;
}

// A number, or bytes with k or m behind it.
std::optional<double> parse_limit(std::string_view text) {
  double factor = 1;
  if (text.ends_with('k')) factor = 1024;
  if (text.ends_with('m')) factor = 1024 * 1024;
  if (factor != 1) text.remove_suffix(1);
  double value = 0;
  auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value * factor;
}

class RuleParser {
 public:
  RuleParser(const HandlerFile& file, const FileSection& section)
      : file_(file), section_(section) {}

  Result<SectionRules> parse() {
    for (const Annotation& annotation : section_.extras) {
      line_ = annotation.line;
      Result<void> read = parse_one(annotation);
      if (!read.ok()) return std::move(read).error();
    }
    return std::move(rules_);
  }

 private:
  Error fault(std::string_view what) const {
    return {.code = "TRS021",
            .message =
                concat({file_.path, ":", std::to_string(line_), ": ", what})};
  }

  Result<void> parse_one(const Annotation& annotation) {
    const std::string& word = annotation.word;
    if (word == "field") return parse_field(words_of(annotation.text));
    if (word == "require") return parse_require(words_of(annotation.text));
    if (word == "flash") return parse_flash(annotation.text);
    if (word == "refuse") {
      std::vector<std::string> words = words_of(annotation.text);
      if (words.size() != 1)
        return fault("\"@refuse\" needs one text in double quotes");
      rules_.refusal = words[0];
      return {};
    }
    if (word == "stream") return parse_stream(annotation);
    if (section_.method.empty() || section_.method == "GET")
      return fault("\"@redirect\" follows a change: put it under \"@post\"");
    if (!rules_.redirect.empty()) return fault("a second \"@redirect\"");
    return parse_pieces(annotation.text, rules_.redirect);
  }

  Result<void> parse_field(const std::vector<std::string>& words) {
    if (words.empty() || !is_result_name(words[0]))
      return fault("\"@field\" needs a name");
    FieldRule rule{.name = words[0]};
    for (std::size_t i = 1; i < words.size(); i++)
      if (!parse_field_word(rule, words[i]))
        return fault(concat({"unexpected \"", words[i], "\" after \"@field ",
                             rule.name, "\""}));
    rules_.fields.push_back(std::move(rule));
    return {};
  }

  static bool parse_field_word(FieldRule& rule, std::string_view word) {
    if (word == "required") {
      rule.required = true;
      return true;
    }
    for (const TypeName& each : kTypes)
      if (each.name == word) {
        rule.type = each.type;
        return true;
      }
    std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) return false;
    std::string_view name = word.substr(0, equals);
    std::string_view value = word.substr(equals + 1);
    if (name == "min" || name == "max") {
      std::optional<double> limit = parse_limit(value);
      (name == "min" ? rule.min : rule.max) = limit;
      return limit.has_value();
    }
    if (name == "oneof") {
      for (std::string_view choice : split(value, '|'))
        rule.choices.emplace_back(choice);
      return true;
    }
    if (name != "message") return false;
    rule.message = value;
    return true;
  }

  Result<void> parse_require(const std::vector<std::string>& words) {
    bool is_good = words.size() == 3 && words[1] == "else" &&
                   words[2].starts_with('/') && !words[2].starts_with("//");
    std::string_view claim = words.empty() ? "" : std::string_view(words[0]);
    std::size_t dot = claim.find('.');
    std::string_view prefix = claim.substr(0, dot);
    if (!is_good || dot == std::string_view::npos ||
        (prefix != "session" && prefix != "claims"))
      return fault("\"@require\" is written session.NAME else /PATH");
    rules_.requirements.push_back(
        {.claim = std::string(claim.substr(dot + 1)), .otherwise = words[2]});
    return {};
  }

  Result<void> parse_stream(const Annotation& annotation) {
    bool reads = section_.method.empty() || section_.method == "GET";
    if (!reads || !annotation.text.empty())
      return fault("\"@stream\" is written alone, under \"@get\"");
    bool is_last = annotation.before + 1 == section_.statements.size();
    if (!is_last ||
        section_.statements[annotation.before].shape != ResultShape::many)
      return fault("\"@stream\" is for the last statement, and a \"@many\"");
    rules_.stream = annotation.before;
    return {};
  }

  // category "text"
  Result<void> parse_flash(std::string_view text) {
    std::size_t quote = text.find('"');
    std::string_view category = trim(text.substr(0, quote));
    bool is_good = quote != std::string_view::npos && text.ends_with('"') &&
                   text.size() > quote + 1 && is_result_name(category);
    if (!is_good) return fault("\"@flash\" is written CATEGORY \"text\"");
    FlashRule rule{.category = std::string(category), .text = {}};
    Result<void> read = parse_pieces(
        text.substr(quote + 1, text.size() - quote - 2), rule.text);
    if (!read.ok()) return read;
    rules_.flashes.push_back(std::move(rule));
    return {};
  }

  Result<void> parse_pieces(std::string_view text,
                            std::vector<TemplatePiece>& pieces) {
    Result<HeaderTemplate> parsed =
        parse_header_template(concat({"Location ", text}));
    if (!parsed.ok()) return fault(parsed.error().message);
    pieces = std::move(parsed->value);
    for (TemplatePiece& piece : pieces)
      if (piece.statement) resolve(piece);
    return {};
  }

  // {result.column}, {value}, or a name that is looked up when it runs.
  void resolve(TemplatePiece& piece) const {
    std::string_view text = piece.text;
    std::size_t dot = text.find('.');
    std::string_view result = text.substr(0, dot);
    for (std::size_t i = 0; i < section_.statements.size(); i++) {
      const FileStatement& statement = section_.statements[i];
      bool fits = dot == std::string_view::npos
                      ? statement.shape == ResultShape::value
                      : statement.shape == ResultShape::one;
      if (!fits || statement.name != result || result.empty()) continue;
      piece.statement = i;
      if (dot != std::string_view::npos) piece.column = text.substr(dot + 1);
      return;
    }
  }

  const HandlerFile& file_;
  const FileSection& section_;
  SectionRules rules_;
  int line_ = 0;
};

}  // namespace

const FieldRule* SectionRules::field(std::string_view name) const {
  auto found = std::ranges::find(fields, name, &FieldRule::name);
  return found == fields.end() ? nullptr : &*found;
}

Result<SectionRules> parse_section_rules(const HandlerFile& file,
                                         const FileSection& section) {
  return RuleParser(file, section).parse();
}

}  // namespace trestle::pages
