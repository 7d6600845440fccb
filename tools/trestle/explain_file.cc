// A file of SQL as trestle_query and trestle_pages run it.
#include "base/text.h"
#include "catalog/effects.h"
#include "pages/section_rules.h"
#include "sql/handler_file.h"
#include "tools/trestle/explain.h"
#include "tools/trestle/options.h"

namespace trestle::tools {

namespace {

std::string_view shape_text(ResultShape shape) {
  switch (shape) {
    case ResultShape::many:
      return "@many";
    case ResultShape::one:
      return "@one";
    case ResultShape::value:
      return "@value";
    case ResultShape::exec:
      break;
  }
  return "@exec";
}

// The methods that a section of the file answers.
std::vector<std::string_view> methods_of(const HandlerFile& file,
                                         const FileSection& section) {
  std::vector<std::string_view> methods;
  for (std::string_view method : file.methods())
    if (file.find(method, section.name) == &section) methods.push_back(method);
  return methods;
}

bool is_read(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

class FileExplainer {
 public:
  FileExplainer(const HandlerFile& file, const ExplainPlace& place)
      : file_(file), place_(place) {}

  std::string explain() {
    if (place_.catalog == nullptr)
      out_ += "Without a database: what a name stands for is not known.\n";
    for (const FileSection& section : file_.sections) explain(section);
    return std::move(out_);
  }

 private:
  void explain(const FileSection& section) {
    Judgement judgement;
    for (const FileStatement& statement : section.statements)
      judgement.add(facts_of(statement));
    const std::vector<std::string_view> methods = methods_of(file_, section);
    const bool reads = judgement.is_clean_read() ||
                       (!methods.empty() && is_read(methods.front()));
    if (!out_.empty()) out_ += "\n";
    std::string names;
    for (std::string_view method : methods)
      names += concat({names.empty() ? "" : ", ", method});
    if (!section.name.empty()) names += concat({" ", section.name});
    out_ += concat({names.empty() ? "no method" : names, ": "});
    append_manner(out_, reads ? Access::read : Access::write,
                  judgement.effects);
    out_ += "\n";
    append_keeping(out_, work_of(section, reads, judgement), place_);
    for (const FileStatement& statement : section.statements)
      explain(section, statement);
  }

  // As far as the file alone tells what a request would run.
  [[nodiscard]] Work work_of(const FileSection& section, bool reads,
                             const Judgement& judgement) const {
    Work work;
    work.plan.access = reads ? Access::read : Access::write;
    work.plan.effects = judgement.effects;
    for (const FileStatement& statement : section.statements)
      work.plan.statements.push_back(
          {.sql = make_sql(statement.text), .params = {}});
    SettingsRead read = judgement.settings;
    if (place_.catalog != nullptr)
      read.add(place_.catalog->reach().settings_read());
    for (const char* name : {"request.headers", "request.cookies"})
      if (read.reads(name))
        work.settings.push_back({.name = name, .value = {}});
    return work;
  }

  void explain(const FileSection& section, const FileStatement& statement) {
    const StatementFacts& facts = facts_of(statement);
    out_ += concat({"\n  ", file_.path, ":", std::to_string(statement.line),
                    "  ", shape_text(statement.shape),
                    statement.name.empty() ? "" : " ", statement.name, "  ",
                    facts.access == Access::read ? "read" : "write", ", ",
                    facts.effects == Effects::clean       ? "clean"
                    : facts.effects == Effects::sequences ? "moves sequences"
                                                          : "not clean"});
    append_reason(out_, facts);
    out_ += "\n";
    append_sql(out_, statement.text);
    DescribedStatement described;
    if (place_.connection != nullptr)
      described = describe(place_.connection, statement.text);
    for (std::size_t i = 0; i < statement.params.size(); i++) {
      const FileParam& param = section.params[statement.params[i]];
      out_ += concat({"    $", std::to_string(i + 1), " = :", param.spelling(),
                      param.required ? "!" : ""});
      if (i < described.params.size())
        out_ += concat({"  ", type_text(*place_.catalog, described.params[i])});
      out_ += "\n";
    }
    if (place_.catalog != nullptr)
      append_columns(out_, described, *place_.catalog);
  }

  const StatementFacts& facts_of(const FileStatement& statement) const {
    if (place_.catalog == nullptr) return statement.facts;
    return place_.catalog->effects().judge(*make_sql(statement.text)).facts;
  }

  const HandlerFile& file_;
  const ExplainPlace& place_;
  std::string out_;
};

}  // namespace

Result<std::string> explain_file(const std::string& path,
                                 const ExplainPlace& place) {
  Result<std::string> text = read_file(path);
  if (!text.ok()) return text;
  HandlerFileOptions options{.section_names = true, .extras = {}};
  options.extras.assign(pages::kPageAnnotations.begin(),
                        pages::kPageAnnotations.end());
  Result<HandlerFile> file = parse_handler_file(path, *text, options);
  if (!file.ok()) return std::move(file).error();
  return FileExplainer(*file, place).explain();
}

}  // namespace trestle::tools
