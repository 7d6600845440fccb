#include "pages/page_render.h"

#include "base/json.h"
#include "pages/dev_site.h"
#include "pages/error_page.h"
#include "pages/errors.h"
#include "pages/request_object.h"
#include "pages/send.h"

namespace trestle::pages {

namespace {

std::string variables_json(const Visit& visit, const Results& results,
                           const PageSection* section) {
  std::string body;
  JsonWriter writer(body);
  writer.begin_object();
  if (section != nullptr) {
    const std::vector<FileStatement>& all = section->file->statements;
    for (std::size_t i = 0; i < all.size(); i++) {
      if (all[i].shape == ResultShape::exec) continue;
      std::string value;
      results.append_json(value, i, all[i].shape);
      writer.key(variable_of(all[i])).raw(value);
    }
  }
  if (!visit.form_errors.empty()) {
    writer.key("errors").begin_object();
    for (const auto& [name, message] : visit.form_errors)
      writer.key(name).string(message);
    writer.end_object();
  }
  writer.end_object();
  return body;
}

// The beginning of each result, for developers.
std::vector<std::pair<std::string, Param>> list_variables(
    const Results& results, const PageSection* section) {
  constexpr std::size_t kShown = 500;
  std::vector<std::pair<std::string, Param>> variables;
  if (section == nullptr) return variables;
  const std::vector<FileStatement>& all = section->file->statements;
  for (std::size_t i = 0; i < all.size(); i++) {
    if (all[i].shape == ResultShape::exec) continue;
    std::string value;
    results.append_json(value, i, all[i].shape);
    if (value.size() > kShown) {
      std::size_t end = kShown;
      while ((value[end] & 0xc0) == 0x80) end--;  // between characters
      value.resize(end);
      value.append(" ...");
    }
    variables.emplace_back(variable_of(all[i]), std::move(value));
  }
  return variables;
}

}  // namespace

void add_results(Dict& context, Arena& arena, Results& results,
                 const PageSection& section) {
  const std::vector<FileStatement>& all = section.file->statements;
  for (std::size_t i = 0; i < all.size(); i++) {
    if (all[i].shape == ResultShape::exec) continue;
    context.set(arena, variable_of(all[i]),
                results.value(i, all[i].shape, arena));
    if (all[i].name.empty())
      context.set(arena, "data", results.plain_value(i, all[i].shape, arena));
  }
}

std::optional<TemplateError> render_program(Visit& visit,
                                            const Program& program,
                                            Arena& arena, Dict& context,
                                            OutputSink& sink) {
  bool is_page = visit.page != nullptr && &program == visit.page->program;
  if (!is_page || visit.page->reads_request) add_request(arena, context, visit);
  if (!is_page || visit.page->reads_session) add_session(arena, context, visit);
  if (!is_page || visit.page->reads_form) add_form(arena, context, visit);
  RenderOptions options;
  options.host = &visit;
  if (visit.locale != nullptr)
    options.translations = &visit.locale->translations;
  const TemplateSet& set = visit.place->site.templates;
  return visit.blocks.empty()
             ? render(set, program, &context, arena, sink, options)
             : render_blocks(set, program, visit.blocks, &context, arena, sink,
                             options);
}

std::optional<TemplateError> render_page(Visit& visit, Arena& arena,
                                         Dict& context, OutputSink& sink) {
  return render_program(visit, *visit.page->program, arena, context, sink);
}

void answer_page(Visit& visit, Results& results, const PageSection* section) {
  StringSink body;
  std::string_view type = kHtml;
  if (visit.wants_json) {
    body.text = variables_json(visit, results, section);
    type = "application/json; charset=utf-8";
  } else {
    Arena arena;
    Dict context;
    if (section != nullptr) add_results(context, arena, results, *section);
    if (auto error = render_page(visit, arena, context, body)) {
      if (visit.is_developer())
        visit.dev_variables = list_variables(results, section);
      return answer_error_page(visit, errors::bad_template(*error));
    }
    if (visit.blocks.empty()) append_dev_script(visit, body.text);
  }
  Result<ResponseHead> head = page_head(visit, type, results, section);
  if (!head.ok()) return answer_error_page(visit, head.error());
  send_page(visit, std::move(head).value(), body.text);
}

}  // namespace trestle::pages
