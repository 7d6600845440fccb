#include "pages/site.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "pages/lint.h"
#include "pages/page_functions.h"
#include "pages/render.h"
#include "pages/results.h"
#include "sql/row_wrap.h"

namespace trestle::pages {

namespace {

constexpr std::string_view kStaticFolder = "static/";
constexpr std::string_view kLayout = "_layout.html";
constexpr std::string_view kPageEnding = ".html";
constexpr std::string_view kSqlEnding = ".sql";

// "a/b/" of "a/b/c.html".
std::string_view folder_of(std::string_view name) {
  std::size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? "" : name.substr(0, slash + 1);
}

bool is_private(std::string_view name) {
  return name.starts_with('_') || name.find("/_") != std::string_view::npos;
}

bool is_error_page(std::string_view name) {
  std::string_view file = name.substr(folder_of(name).size());
  return file == "404.html" || file == "error.html";
}

// Walks from the folder of `name` up to the site's: the first that has `file`.
const Program* nearest(const TemplateSet& set, std::string_view name,
                       std::string_view file) {
  std::string_view folder = folder_of(name);
  while (true) {
    if (const Program* found = set.find(concat({folder, file}))) return found;
    if (folder.empty()) return nullptr;
    folder = folder_of(folder.substr(0, folder.size() - 1));
  }
}

bool begins_document(std::string_view text) {
  std::string start = ascii_lower(trim(text).substr(0, 9));
  return start == "<!doctype" || start.starts_with("<html");
}

bool extends_something(const Program& program) {
  return std::ranges::any_of(program.root->items, [](const Node* node) {
    return node->op == Op::extends;
  });
}

// A page that says nothing of a layout extends the nearest one; without blocks
// all of it is the block "main". The lines stay where they are.
std::string with_layout(const std::string& name, std::string_view text,
                        const std::string& layout) {
  std::unique_ptr<Program> alone = compile(name, text);
  if (alone->error || extends_something(*alone) || begins_document(text))
    return std::string(text);
  std::string extends = concat({"{% extends \"", layout, "\" %}"});
  if (!alone->blocks.empty()) return concat({extends, text});
  return concat({extends, "{% block main %}", text, "{% endblock %}"});
}

Error template_error(const std::string& folder, const TemplateError& error) {
  Error told{
      .code = "TRS022",
      .message = concat({folder, "/", error.file, ":",
                         std::to_string(error.line), ": ", error.message})};
  if (!error.excerpt.empty()) told.details = concat({"\n", error.excerpt});
  return told;
}

SqlRef sql_of(const FileStatement& statement) {
  bool is_single = statement.shape == ResultShape::one ||
                   statement.shape == ResultShape::value;
  // The server undoes a change of more than one row.
  if (is_single && statement.facts.access == Access::write)
    if (auto wrapped = wrap_rows(statement.text, "trestle_row.*", true))
      return make_sql(*std::move(wrapped));
  return make_sql(statement.text);
}

const Program* parent_of(const Program& program) {
  for (const Node* node : program.links)
    if (node->op == Op::extends) return node->linked;
  return nullptr;
}

class SiteBuilder {
 public:
  explicit SiteBuilder(std::string folder)
      : folder_(std::move(folder)), site_(std::make_unique<Site>()) {
    for (const Callable& function : page_functions())
      site_->templates.add_global(&function);
  }

  // Templates, files of static/, catalogs of messages, and SQL by its name.
  Result<void> take(std::vector<SiteFile> files) {
    std::map<std::string_view, std::string_view> layouts;
    for (const SiteFile& file : files)
      if (file.name.substr(folder_of(file.name).size()) == kLayout)
        layouts[folder_of(file.name)] = file.name;
    for (SiteFile& file : files) {
      std::string_view name = file.name;
      if (name.starts_with(kStaticFolder))
        site_->files.add(file.name.substr(kStaticFolder.size()),
                         std::move(file.text));
      else if (name.ends_with(kSqlEnding))
        sql_[file.name] = std::move(file.text);
      else if (is_template(name))
        site_->templates.add(file.name, with_nearest(file, layouts));
      else if (std::string_view locale = locale_of_file(name);
               !locale.empty()) {
        Result<Translations> read = Translations::parse(file.text);
        if (!read.ok())
          return Error{
              .code = read.error().code,
              .message = concat({path_of(name), ": ", read.error().message})};
        site_->locales.push_back({.name = std::string(locale),
                                  .translations = std::move(read).value()});
      }
    }
    site_->files.finish();
    site_->templates.link();
    return {};
  }

  Result<void> check_templates() {
    std::vector<TemplateError> errors = site_->templates.check();
    if (!errors.empty()) return template_error(folder_, errors.front());
    for (const auto& [name, program] : site_->templates.programs())
      for (const LintWarning& warning : lint(*program))
        site_->warnings.push_back(concat({folder_, "/", warning.summary()}));
    site_->not_found = nearest(site_->templates, "", "404.html");
    site_->error = nearest(site_->templates, "", "error.html");
    return {};
  }

  Result<void> add_pages() {
    for (const auto& [name, program] : site_->templates.programs()) {
      if (!name.ends_with(kPageEnding) || is_private(name) ||
          is_error_page(name))
        continue;
      std::string stem = name.substr(0, name.size() - kPageEnding.size());
      auto sql = sql_.find(concat({stem, kSqlEnding}));
      Result<void> added =
          sql == sql_.end() ? add_page(std::move(stem), program.get(), {}, {})
                            : add_page(std::move(stem), program.get(),
                                       path_of(sql->first), sql->second);
      if (!added.ok()) return added;
      if (sql != sql_.end()) sql_.erase(sql);
    }
    return add_actions();
  }

  Result<void> add_page(std::string name, const Program* program,
                        const std::string& path, const std::string& text) {
    Page page{.name = std::move(name), .program = program};
    if (!path.empty()) {
      Result<void> read = read_sql(page, path, text);
      if (!read.ok()) return read;
    }
    page.not_found = nearest(site_->templates, page.name, "404.html");
    page.error = nearest(site_->templates, page.name, "error.html");
    if (program != nullptr) {
      find_blocks(page);
      find_reads(page);
    }
    Result<void> routed = site_->routes.add(page.name, site_->pages.size());
    if (!routed.ok())
      return Error{.code = "TRS010",
                   .message = concat({folder_, "/", page.name, ": ",
                                      routed.error().message})};
    site_->page_names[page.name] = site_->pages.size();
    site_->pages.push_back(std::move(page));
    return {};
  }

  [[nodiscard]] const Program* find(std::string_view name) const {
    return site_->templates.find(name);
  }
  std::unique_ptr<Site> finish() { return std::move(site_); }

 private:
  std::string path_of(std::string_view name) const {
    return concat({folder_, "/", name});
  }

  static std::string with_nearest(
      const SiteFile& file,
      const std::map<std::string_view, std::string_view>& layouts) {
    std::string_view name = file.name;
    bool is_page = name.ends_with(kPageEnding) && !is_private(name);
    std::string_view folder = folder_of(name);
    while (is_page) {
      auto layout = layouts.find(folder);
      if (layout != layouts.end())
        return with_layout(file.name, file.text, std::string(layout->second));
      if (folder.empty()) break;
      folder = folder_of(folder.substr(0, folder.size() - 1));
    }
    return file.text;
  }

  // SQL without a template beside it takes forms and shows nothing.
  Result<void> add_actions() {
    for (const auto& [name, text] : sql_) {
      std::string stem = name.substr(0, name.size() - kSqlEnding.size());
      if (is_private(name))
        return Error{.code = "TRS010",
                     .message = concat({path_of(name),
                                        ": no page reads this file: names that "
                                        "begin with _ are no routes"})};
      Result<void> added = add_page(stem, nullptr, path_of(name), text);
      if (!added.ok()) return added;
      if (site_->pages.back().section("GET") != nullptr)
        return Error{
            .code = "TRS010",
            .message = concat({path_of(name), ": there is no ", stem,
                               ".html beside it to show what it reads"})};
    }
    return {};
  }

  Result<void> read_sql(Page& page, const std::string& path,
                        const std::string& text) {
    HandlerFileOptions options{.section_names = true, .extras = {}};
    options.extras.assign(kPageAnnotations.begin(), kPageAnnotations.end());
    Result<HandlerFile> file = parse_handler_file(path, text, options);
    if (!file.ok()) return std::move(file).error();
    page.sql = std::make_unique<const HandlerFile>(std::move(file).value());
    for (const FileSection& section : page.sql->sections) {
      if (section.token_s)
        return Error{.code = "TRS021",
                     .message = concat({path, ":", std::to_string(section.line),
                                        ": \"@token\" is for trestle_query; "
                                        "pages have \"@session\""})};
      Result<SectionRules> rules = parse_section_rules(*page.sql, section);
      if (!rules.ok()) return std::move(rules).error();
      PageSection made{.file = &section,
                       .rules = std::move(rules).value(),
                       .statements = {}};
      for (const FileStatement& statement : section.statements)
        made.statements.push_back(sql_of(statement));
      page.sections.push_back(std::move(made));
    }
    share_requirements(page);
    return {};
  }

  // What a page asks of its readers, it asks of those who send its forms.
  static void share_requirements(Page& page) {
    const PageSection* get = page.section("GET");
    if (get == nullptr) return;
    std::vector<Requirement> shared = get->rules.requirements;
    for (PageSection& section : page.sections)
      if (section.rules.requirements.empty())
        section.rules.requirements = shared;
  }

  void find_reads(Page& page) {
    std::vector<std::string_view> names =
        context_names(site_->templates, *page.program);
    auto reads = [&](std::string_view name) {
      return std::ranges::find(names, name) != names.end();
    };
    page.reads_request = reads("request");
    page.reads_session = reads("session");
    page.reads_form = reads("form");
  }

  void find_blocks(Page& page) {
    const PageSection* get = page.section("GET");
    for (const Program* at = page.program; at != nullptr; at = parent_of(*at))
      for (const Node* node : at->blocks) {
        if (page.block(node->name) != nullptr) continue;
        BlockUse use{.name = node->name, .statements = {}};
        if (get != nullptr) {
          std::vector<std::string_view> names =
              context_names(site_->templates, *page.program, node->name);
          const std::vector<FileStatement>& all = get->file->statements;
          for (std::size_t i = 0; i < all.size(); i++)
            if (std::ranges::find(names, variable_of(all[i])) != names.end() ||
                std::ranges::find(names, "data") != names.end() ||
                all[i].shape == ResultShape::exec)
              use.statements.push_back(i);
        }
        page.blocks.push_back(std::move(use));
      }
  }

  std::string folder_;
  std::unique_ptr<Site> site_;
  std::map<std::string, std::string> sql_;
};

}  // namespace

const PageSection* Page::section(std::string_view method,
                                 std::string_view wanted) const {
  if (!sql) return nullptr;
  const FileSection* found = sql->find(method, wanted);
  if (found == nullptr) return nullptr;
  return &sections[static_cast<std::size_t>(found - sql->sections.data())];
}

const PageSection* Page::only_section(std::string_view method) const {
  const PageSection* only = nullptr;
  for (const PageSection& each : sections) {
    if (section(method, each.file->name) != &each) continue;
    if (only != nullptr) return nullptr;
    only = &each;
  }
  return only;
}

bool Page::serves(std::string_view method) const {
  if (method == "GET" || method == "HEAD") return program != nullptr;
  return std::ranges::any_of(sections, [&](const PageSection& each) {
    return section(method, each.file->name) == &each;
  });
}

std::string Page::allowed_methods() const {
  std::string list;
  for (std::string_view method :
       {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"})
    if (serves(method)) list.append(list.empty() ? "" : ", ").append(method);
  return list.append(list.empty() ? "OPTIONS" : ", OPTIONS");
}

const BlockUse* Page::block(std::string_view wanted) const {
  auto found = std::ranges::find(blocks, wanted, &BlockUse::name);
  return found == blocks.end() ? nullptr : &*found;
}

const Page* Site::find(std::string_view name) const {
  auto found = page_names.find(name);
  return found == page_names.end() ? nullptr : &pages[found->second];
}

Result<std::unique_ptr<Site>> make_site(const std::string& folder,
                                        std::vector<SiteFile> files) {
  SiteBuilder builder(folder);
  Result<void> checked = builder.take(std::move(files));
  if (checked.ok()) checked = builder.check_templates();
  if (!checked.ok()) return std::move(checked).error();
  Result<void> added = builder.add_pages();
  if (!added.ok()) return std::move(added).error();
  return builder.finish();
}

Result<std::unique_ptr<Site>> make_single_page(const std::string& folder,
                                               std::vector<SiteFile> files,
                                               const std::string& page,
                                               const SiteFile& sql) {
  SiteBuilder builder(folder);
  Result<void> checked = builder.take(std::move(files));
  if (checked.ok()) checked = builder.check_templates();
  if (!checked.ok()) return std::move(checked).error();
  const Program* program = builder.find(page);
  if (program == nullptr)
    return Error{.code = "TRS010",
                 .message = concat({folder, "/", page, ": no such template"})};
  Result<void> added = builder.add_page("index", program, sql.name, sql.text);
  if (!added.ok()) return std::move(added).error();
  std::unique_ptr<Site> site = builder.finish();
  site->is_single_page = true;
  return site;
}

}  // namespace trestle::pages
