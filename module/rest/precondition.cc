#include "rest/precondition.h"

#include "base/text.h"
#include "frontend/entity_tag.h"

namespace trestle::rest {
namespace {

constexpr char kVersionMark = '.';

// The version in a tag. Whether the tag is weak makes no difference: what makes
// it so, compression on the way, does not touch the row.
std::string_view version_in(std::string_view tag) {
  if (tag.starts_with("W/")) tag.remove_prefix(2);
  if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') return {};
  tag = tag.substr(1, tag.size() - 2);
  std::size_t mark = tag.rfind(kVersionMark);
  return mark == std::string_view::npos ? std::string_view()
                                        : tag.substr(mark + 1);
}

}  // namespace

Precondition read_precondition(const Request& message) {
  Precondition condition;
  const bool put = message.method == "PUT";
  if (!put && message.method != "PATCH" && message.method != "DELETE")
    return condition;
  using Kind = Precondition::Kind;
  if (auto tags = message.header("If-Match")) {
    if (trim(*tags) == "*") {
      condition.kind = Kind::exists;
      return condition;
    }
    condition.kind = Kind::version;
    for (std::string_view tag : split(*tags, ','))
      if (std::string_view version = version_in(trim(tag));
          !version.empty() && is_utf8(version))
        condition.versions.emplace_back(version);
    return condition;
  }
  std::optional<std::string_view> none = message.header("If-None-Match");
  if (put && none && trim(*none) == "*") condition.kind = Kind::is_absent;
  return condition;
}

std::string versioned_tag(std::string_view body, std::string_view version) {
  std::string tag = entity_tag(body);
  // Strong: equal tags mean equal bytes, and the server weakens it itself when
  // it compresses them.
  return concat({std::string_view(tag).substr(2, tag.size() - 3),
                 std::string_view(&kVersionMark, 1), version, "\""});
}

}  // namespace trestle::rest
