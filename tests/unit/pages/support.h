// What the tests of pages share: rendering from text in memory.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "pages/json_values.h"
#include "pages/render.h"

namespace trestle::pages {

struct Rendered {
  bool ok = false;
  std::string output;
  TemplateError error;
};

// Renders `entry` of `files`; the context lives in `arena`.
inline Rendered render_files(const std::map<std::string, std::string>& files,
                             const std::string& entry, Dict* context,
                             Arena& arena, const RenderOptions& options = {}) {
  TemplateSet set;
  for (const auto& [name, text] : files) set.add(name, text);
  set.link();
  StringSink sink;
  auto error = render(set, *set.find(entry), context, arena, sink, options);
  if (error) return {false, {}, *error};
  return {true, sink.text, {}};
}

// The same with a JSON context.
inline Rendered render_files(const std::map<std::string, std::string>& files,
                             const std::string& entry,
                             std::string_view context = "{}",
                             const RenderOptions& options = {}) {
  Arena arena;
  Result<Value> values = parse_json_value(arena, context);
  return render_files(files, entry, values->dict, arena, options);
}

inline Rendered render_text(std::string_view text,
                            std::string_view context = "{}",
                            const RenderOptions& options = {}) {
  return render_files({{"main.html", std::string(text)}}, "main.html", context,
                      options);
}

}  // namespace trestle::pages
