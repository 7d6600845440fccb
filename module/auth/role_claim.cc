#include "auth/role_claim.h"

#include <algorithm>
#include <charconv>

#include "auth/errors.h"
#include "base/json.h"
#include "base/text.h"

namespace trestle::auth {

namespace {

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '@' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

// Reads one path from left to right. Every method that can fail leaves its
// reason in error_ and returns false.
class RoleClaimParser {
 public:
  explicit RoleClaimParser(std::string_view path) : path_(path) {}

  Result<RoleClaim> parse() {
    standard_ = take("$");
    while (at_ < path_.size())
      if (!step()) return errors::configuration(std::move(error_));
    if (claim_.steps_.empty()) {
      static_cast<void>(fail("a member, as in .role"));
      return errors::configuration(std::move(error_));
    }
    return std::move(claim_);
  }

 private:
  using Kind = RoleClaim::Kind;

  bool fail(std::string_view expected) {
    error_ = concat({"role claim path \"", path_, "\": expected ", expected,
                     " at column ", std::to_string(at_ + 1)});
    return false;
  }

  bool take(std::string_view token) {
    if (!path_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  void skip_blanks() {
    while (at_ < path_.size() && path_[at_] == ' ') at_++;
  }

  bool add(Kind kind, std::string text = {}, std::int64_t index = 0) {
    claim_.steps_.push_back(
        {.kind = kind, .text = std::move(text), .index = index});
    return true;
  }

  bool step() {
    if (take("[")) return bracket();
    if (!take(".")) return fail("\".name\" or \"[...]\"");
    if (take("*")) return add(Kind::wildcard);
    std::string name;
    if (at_ < path_.size() && path_[at_] == '"') {
      if (!quoted(name)) return false;
      return add(Kind::name, std::move(name));
    }
    std::size_t start = at_;
    while (at_ < path_.size() && is_name_byte(path_[at_])) at_++;
    if (start == at_)
      return fail(
          "a name of letters, digits, \"_\", \"$\" and \"@\" (write others as "
          "['a-b'])");
    return add(Kind::name, std::string(path_.substr(start, at_ - start)));
  }

  bool bracket() {
    skip_blanks();
    bool read = false;
    if (take("*"))
      read = add(Kind::wildcard);
    else if (take("?"))
      read = filter();
    else if (at_ < path_.size() && (path_[at_] == '\'' || path_[at_] == '"'))
      read = bracket_name();
    else
      read = index();
    if (!read) return false;
    skip_blanks();
    return take("]") || fail("\"]\"");
  }

  bool bracket_name() {
    std::string name;
    return quoted(name) && add(Kind::name, std::move(name));
  }

  bool index() {
    std::int64_t value = 0;
    std::string_view rest = path_.substr(at_);
    auto end = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (end.ec != std::errc())
      return fail("an index, a quoted name, \"*\" or \"?\"");
    at_ += static_cast<std::size_t>(end.ptr - rest.data());
    return add(Kind::index, {}, value);
  }

  // @ == 'x', (@ == 'x'), search(@, 'x'), match(@, 'x')
  bool filter() {
    skip_blanks();
    bool parenthesis = take("(");
    skip_blanks();
    bool read = false;
    if (take("search("))
      read = pattern(false);
    else if (take("match("))
      read = pattern(true);
    else if (take("@"))
      read = comparison();
    else
      read = fail("\"@\", \"search(\" or \"match(\"");
    if (!read) return false;
    skip_blanks();
    return !parenthesis || take(")") || fail("\")\"");
  }

  bool comparison() {
    skip_blanks();
    Kind kind;
    if (take("==^"))
      kind = Kind::ends;
    else if (take("=="))
      kind = Kind::equal;
    else if (take("!="))
      kind = Kind::unequal;
    else if (take("^=="))
      kind = Kind::begins;
    else if (take("*=="))
      kind = Kind::contains;
    else
      return fail("one of == != ^== ==^ *==");
    skip_blanks();
    std::string text;
    return quoted(text) && add(kind, std::move(text));
  }

  // The pattern is plain text with anchors, which each form of comparison
  // covers. match() means the whole text.
  bool pattern(bool whole) {
    skip_blanks();
    if (!take("@")) return fail("\"@\"");
    skip_blanks();
    if (!take(",")) return fail("\",\"");
    skip_blanks();
    std::size_t start = at_;
    std::string text;
    if (!quoted(text)) return false;
    skip_blanks();
    if (!take(")")) return fail("\")\"");

    std::string_view plain = text;
    bool from_start = plain.starts_with('^');
    if (from_start) plain.remove_prefix(1);
    bool to_end = plain.ends_with('$');
    if (to_end) plain.remove_suffix(1);
    if (plain.find_first_of("\\^$.[]|()?*+{}") != std::string_view::npos) {
      at_ = start;
      return fail("plain text with ^ in front or $ behind it");
    }
    from_start = from_start || whole;
    to_end = to_end || whole;
    Kind kind = from_start && to_end ? Kind::equal
                : from_start         ? Kind::begins
                : to_end             ? Kind::ends
                                     : Kind::contains;
    return add(kind, std::string(plain));
  }

  // 'x' or "x". RFC 9535's backslash escapes are known after $ only: PostgREST
  // took the backslash as it is.
  bool quoted(std::string& text) {
    char quote = at_ < path_.size() ? path_[at_] : '\0';
    if (quote != '\'' && quote != '"') return fail("a quoted text");
    for (at_++; at_ < path_.size(); at_++) {
      char c = path_[at_];
      if (c == quote) {
        at_++;
        return true;
      }
      if (c == '\\' && standard_) {
        if (++at_ == path_.size()) break;
        c = path_[at_];
        if (c != '\\' && c != '/' && c != '\'' && c != '"')
          return fail("\\\\, \\/, \\' or \\\"");
      }
      text.push_back(c);
    }
    return fail("the closing quote");
  }

  std::string_view path_;
  std::size_t at_ = 0;
  bool standard_ = false;  // begins with $
  RoleClaim claim_{RoleClaim::Empty{}};
  std::string error_;
};

RoleClaim::RoleClaim() {
  steps_.push_back({.kind = Kind::name, .text = "role"});
}

Result<RoleClaim> RoleClaim::parse(std::string_view path) {
  return RoleClaimParser(path).parse();
}

const rapidjson::Value* RoleClaim::find(const rapidjson::Value& claims) const {
  std::vector<const rapidjson::Value*> nodes = {&claims};
  std::vector<const rapidjson::Value*> next;
  for (const Step& step : steps_) {
    next.clear();
    for (const rapidjson::Value* node : nodes) select(step, *node, next);
    nodes.swap(next);
  }
  return nodes.empty() ? nullptr : nodes.front();
}

bool RoleClaim::matches(const Step& step, const rapidjson::Value& value) {
  if (!value.IsString()) return step.kind == Kind::wildcard;
  std::string_view text = json_text(value);
  switch (step.kind) {
    case Kind::equal:
      return text == step.text;
    case Kind::unequal:
      return text != step.text;
    case Kind::begins:
      return text.starts_with(step.text);
    case Kind::ends:
      return text.ends_with(step.text);
    case Kind::contains:
      return text.find(step.text) != std::string_view::npos;
    default:
      return true;  // a wildcard
  }
}

void RoleClaim::select(const Step& step, const rapidjson::Value& from,
                       std::vector<const rapidjson::Value*>& to) {
  if (step.kind == Kind::name) {
    if (!from.IsObject()) return;
    auto member = from.FindMember(rapidjson::StringRef(
        step.text.data(), static_cast<rapidjson::SizeType>(step.text.size())));
    if (member != from.MemberEnd()) to.push_back(&member->value);
  } else if (step.kind == Kind::index) {
    if (!from.IsArray()) return;
    auto size = static_cast<std::int64_t>(from.Size());
    std::int64_t index = step.index < 0 ? size + step.index : step.index;
    if (index >= 0 && index < size)
      to.push_back(&from[static_cast<rapidjson::SizeType>(index)]);
  } else if (from.IsArray()) {
    for (const rapidjson::Value& item : from.GetArray())
      if (matches(step, item)) to.push_back(&item);
  } else if (from.IsObject()) {
    for (const auto& member : from.GetObject())
      if (matches(step, member.value)) to.push_back(&member.value);
  }
}

Result<void> check_role_name(std::string_view name) {
  if (name.empty() || name.size() > 63 ||
      name.find('\0') != std::string_view::npos || !is_utf8(name))
    return errors::configuration("a role name has 1 to 63 bytes of UTF-8 text");
  if (name == "none")
    return errors::configuration(
        "\"none\" is no role: PostgreSQL takes it for the login role");
  return {};
}

}  // namespace trestle::auth
