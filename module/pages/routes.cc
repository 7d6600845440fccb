#include "pages/routes.h"

#include "base/text.h"
#include "sql/annotations.h"

namespace trestle::pages {

namespace {

struct Placeholder {
  std::string_view name;
  bool is_rest = false;
};

std::optional<Placeholder> placeholder_of(std::string_view segment) {
  if (!segment.starts_with('[') || !segment.ends_with(']')) return std::nullopt;
  Placeholder found{.name = segment.substr(1, segment.size() - 2)};
  found.is_rest = found.name.starts_with("...");
  if (found.is_rest) found.name.remove_prefix(3);
  return found;
}

Error refuse(std::string message) {
  return {.code = "TRS010", .message = std::move(message)};
}

Error second(std::string_view segment) {
  return refuse(concat({"\"", segment,
                        "\" answers the same paths as another placeholder "
                        "beside it"}));
}

// A page's or folder's name is text, or one placeholder and nothing else.
Result<std::optional<Placeholder>> parse_segment(std::string_view segment) {
  std::optional<Placeholder> found = placeholder_of(segment);
  if (found && !is_result_name(found->name))
    return refuse(concat(
        {"\"", segment, "\" is no placeholder: write [name] or [...name]"}));
  if (!found && segment.find_first_of("[]") != std::string_view::npos)
    return refuse(concat(
        {"\"", segment, "\": a placeholder is a whole name between slashes"}));
  return found;
}

}  // namespace

std::vector<std::string_view> placeholders(std::string_view name) {
  std::vector<std::string_view> names;
  for (std::string_view segment : split(name, '/'))
    if (auto found = placeholder_of(segment)) names.push_back(found->name);
  return names;
}

Result<void> RouteTable::add(std::string_view name, std::size_t page) {
  std::vector<std::string_view> segments = split(name, '/');
  std::string_view last = segments.back();
  segments.pop_back();
  Folder* folder = &root_;
  for (std::string_view segment : segments) {
    Result<std::optional<Placeholder>> parsed = parse_segment(segment);
    if (!parsed.ok()) return std::move(parsed).error();
    const std::optional<Placeholder>& found = *parsed;
    if (found && found->is_rest)
      return refuse(concat({"\"", segment, "\" can be a page, not a folder"}));
    if (found && folder->param_folder && folder->param_name != found->name)
      return second(segment);
    std::unique_ptr<Folder>& next =
        found ? folder->param_folder : folder->folders[std::string(segment)];
    if (found) folder->param_name = found->name;
    if (!next) next = std::make_unique<Folder>();
    folder = next.get();
  }
  return add_page(*folder, last, page);
}

Result<void> RouteTable::add_page(Folder& folder, std::string_view segment,
                                  std::size_t page) {
  Result<std::optional<Placeholder>> parsed = parse_segment(segment);
  if (!parsed.ok()) return std::move(parsed).error();
  const std::optional<Placeholder>& found = *parsed;
  if (!found) {
    if (segment == "index")
      folder.index = page;
    else
      folder.pages.emplace(segment, page);
    return {};
  }
  std::optional<Leaf>& leaf =
      found->is_rest ? folder.rest_page : folder.param_page;
  if (leaf) return second(segment);
  leaf = Leaf{.page = page, .param = std::string(found->name)};
  return {};
}

std::optional<RouteMatch> RouteTable::find(std::string_view path) const {
  if (!path.starts_with('/')) return std::nullopt;
  RouteMatch found;
  if (!match(root_, path.substr(1), found)) return std::nullopt;
  return found;
}

// Recursion goes as deep as the tree does.
bool RouteTable::match(const Folder& folder, std::string_view rest,
                       RouteMatch& found) {
  std::size_t slash = rest.find('/');
  std::string_view segment = rest.substr(0, slash);
  if (slash == std::string_view::npos) {
    if (segment.empty()) {
      if (!folder.index) return false;
      found.page = *folder.index;
      return true;
    }
    auto page = folder.pages.find(segment);
    if (page != folder.pages.end()) {
      found.page = page->second;
      return true;
    }
    if (folder.param_page) {
      found.page = folder.param_page->page;
      found.params.emplace_back(folder.param_page->param, segment);
      return true;
    }
  } else if (!segment.empty()) {
    auto next = folder.folders.find(segment);
    if (next != folder.folders.end() &&
        match(*next->second, rest.substr(slash + 1), found))
      return true;
    if (folder.param_folder) {
      found.params.emplace_back(folder.param_name, segment);
      if (match(*folder.param_folder, rest.substr(slash + 1), found))
        return true;
      found.params.pop_back();
    }
  }
  if (!folder.rest_page || rest.empty()) return false;
  found.page = folder.rest_page->page;
  found.is_rest = true;
  found.params.emplace_back(folder.rest_page->param, rest);
  return true;
}

}  // namespace trestle::pages
