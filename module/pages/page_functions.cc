#include "pages/page_functions.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "pages/machine.h"
#include "pages/visit.h"

namespace trestle::pages {

namespace {

Visit& visit_of(Machine& m) { return *static_cast<Visit*>(m.host()); }

Value asset_url(Machine& m, std::string_view name) {
  Visit& visit = visit_of(m);
  if (name.starts_with('/')) name.remove_prefix(1);
  std::string_view file = visit.place->site.files.fingerprinted(name);
  if (file.empty())
    return m.fail("BuildError", concat({"there is no file static/", name}));
  return m.text(concat({visit.place->base, "static/", file}));
}

// asset('app.css'): its address, which changes with its content.
Value asset(Machine& m, const Value* args) {
  return asset_url(m, m.str(args[0]));
}

// "products/[id]" with its placeholders filled; what is left over becomes the
// query string.
class UrlBuilder {
 public:
  UrlBuilder(Machine& m, const Args& args) : m_(m), args_(args) {}

  Value build(std::string_view endpoint) {
    if (endpoint == "static") return static_url();
    Visit& visit = visit_of(m_);
    if (endpoint.starts_with('/')) endpoint.remove_prefix(1);
    std::string name(endpoint);
    if (name.empty() || name.ends_with('/')) name.append("index");
    const Page* page = visit.place->site.find(name);
    if (page == nullptr)
      return m_.fail("BuildError",
                     concat({"there is no page \"", endpoint, "\""}));
    std::string url = visit.place->base;
    for (std::string_view segment : split(name, '/')) {
      if (!append_segment(url, segment)) return failure();
      url.push_back('/');
    }
    url.pop_back();
    if (url.ends_with("/index")) url.resize(url.size() - 5);
    return finish(std::move(url));
  }

 private:
  Value static_url() {
    const Value* name = args_.keyword("filename");
    if (name == nullptr)
      return m_.fail("BuildError", "url_for('static') needs filename=");
    return asset_url(m_, m_.str(*name));
  }

  bool append_segment(std::string& url, std::string_view segment) {
    std::vector<std::string_view> names = placeholders(segment);
    if (names.empty()) {
      url.append(segment);
      return true;
    }
    const Value* value = args_.keyword(names[0]);
    if (value == nullptr) {
      m_.fail("BuildError", concat({"url_for() needs ", names[0], "="}));
      return false;
    }
    used_.push_back(names[0]);
    bool is_rest = segment.starts_with("[...");
    std::string text = m_.str(*value);
    if (!is_rest) {
      url.append(url_encode(text));
      return true;
    }
    std::string joined;
    for (std::string_view part : split(text, '/'))
      joined.append(joined.empty() ? "" : "/").append(url_encode(part));
    url.append(joined);
    return true;
  }

  Value finish(std::string url) {
    char joint = '?';
    for (const Keyword& keyword : args_.keywords) {
      bool is_used = std::ranges::find(used_, keyword.name) != used_.end();
      if (is_used || keyword.name == "_anchor" ||
          keyword.value.is(Kind::none) || keyword.value.is(Kind::undefined))
        continue;
      url.push_back(joint);
      url.append(url_encode(keyword.name)).push_back('=');
      url.append(url_encode(m_.str(keyword.value)));
      joint = '&';
    }
    if (const Value* anchor = args_.keyword("_anchor"))
      url.append("#").append(url_encode(m_.str(*anchor)));
    return m_.text(url);
  }

  Machine& m_;
  const Args& args_;
  std::vector<std::string_view> used_;
};

Value url_for(Machine& m, const Args& args) {
  if (args.positional.size() != 1)
    return m.fail("TypeError", "url_for() takes the name of one page");
  std::string endpoint = m.str(args.positional[0]);
  return UrlBuilder(m, args).build(endpoint);
}

// A list of texts, or of (category, text) when with_categories.
Value get_flashed_messages(Machine& m, const Value* args) {
  Visit& visit = visit_of(m);
  visit.flashes_seen = true;
  bool with_categories = !args[0].is(Kind::missing) && m.truth(args[0]);
  List* list = new_list(m.arena());
  for (const auto& [category, text] : visit.flashes) {
    Value message = m.text(text);
    if (with_categories) {
      List* pair = new_list(m.arena(), 2);
      pair->push(m.arena(), m.text(category));
      pair->push(m.arena(), message);
      message = list_of(pair, Kind::tuple);
    }
    list->push(m.arena(), message);
  }
  return list_of(list);
}

constexpr std::array<Callable, 3> kFunctions = {{
    {.name = "url_for", .python_name = "url_for", .free = url_for},
    {.name = "asset",
     .python_name = "asset",
     .bound = asset,
     .required = 1,
     .parameters = {"filename"}},
    {.name = "get_flashed_messages",
     .python_name = "get_flashed_messages",
     .bound = get_flashed_messages,
     .parameters = {"with_categories"}},
}};

}  // namespace

std::span<const Callable> page_functions() { return kFunctions; }

}  // namespace trestle::pages
