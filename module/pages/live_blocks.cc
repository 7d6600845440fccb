#include "pages/live_blocks.h"

#include <map>

#include "base/json.h"
#include "base/text.h"

namespace trestle::pages {
namespace {

constexpr std::string_view kBegin = "<div data-trestle-live=\"";
constexpr std::string_view kBeginEnd = "\">";

}  // namespace

std::string live_begin(std::string_view name) {
  return concat({kBegin, name, kBeginEnd});
}

std::string live_blocks(std::string_view page) {
  std::map<std::string_view, std::string_view> blocks;
  std::size_t at = 0;
  while ((at = page.find(kBegin, at)) != std::string_view::npos) {
    at += kBegin.size();
    const std::size_t name_end = page.find(kBeginEnd, at);
    if (name_end == std::string_view::npos) break;
    const std::size_t begin = name_end + kBeginEnd.size();
    const std::size_t end = page.find(kLiveEnd, begin);
    if (end == std::string_view::npos) break;
    blocks[page.substr(at, name_end - at)] = page.substr(begin, end - begin);
    at = end;
  }
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  for (const auto& [name, html] : blocks) json.key(name).string(html);
  json.end_object();
  return text;
}

}  // namespace trestle::pages
