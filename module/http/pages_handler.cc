// trestle_pages database folder [strict]; and the template= of trestle_query.
#include "base/text.h"
#include "http/directive.h"
#include "http/handlers.h"
#include "pages/pages_frontend.h"
#include "pages/site_files.h"

namespace trestle::http {

namespace {

// What a site keeps in memory of one file.
constexpr std::size_t kLargestFile = 8 * 1024 * 1024;

// Warnings of the lint; errors when they are to be.
Result<void> tell_warnings(const HandlerArguments& arguments,
                           const pages::Site& site, bool strict) {
  for (const std::string& warning : site.warnings) {
    if (strict) return bad_directive(warning);
    ngx_str_t text = borrow(warning);
    ngx_log_error(NGX_LOG_WARN, arguments.cf->log, 0, "%V", &text);
  }
  return {};
}

// A folder of pages, and a template with its SQL file: read when nginx reads
// its configuration, and under trestle_dev whenever they have changed.
class FolderSource final : public pages::SiteSource {
 public:
  explicit FolderSource(std::string folder) : folder_(std::move(folder)) {}

  [[nodiscard]] std::uint64_t stamp() const override {
    return pages::stamp_of_files(folder_);
  }
  [[nodiscard]] Result<std::unique_ptr<pages::Site>> load() const override {
    Result<std::vector<pages::SiteFile>> files =
        pages::read_site_files(folder_, kLargestFile);
    if (!files.ok()) return std::move(files).error();
    return pages::make_site(folder_, std::move(files).value());
  }

 private:
  std::string folder_;
};

class PageSource final : public pages::SiteSource {
 public:
  PageSource(std::string folder, std::string page, std::string sql)
      : folder_(std::move(folder)),
        page_(std::move(page)),
        sql_(std::move(sql)) {}

  [[nodiscard]] std::uint64_t stamp() const override {
    return pages::stamp_of_files(folder_) + pages::stamp_of_files(sql_);
  }
  [[nodiscard]] Result<std::unique_ptr<pages::Site>> load() const override {
    Result<std::vector<pages::SiteFile>> files =
        pages::read_templates(folder_, kLargestFile);
    if (!files.ok()) return std::move(files).error();
    Result<pages::SiteFile> sql = pages::read_file(sql_, kLargestFile);
    if (!sql.ok()) return std::move(sql).error();
    return pages::make_single_page(folder_, std::move(files).value(), page_,
                                   std::move(sql).value());
  }

 private:
  std::string folder_;
  std::string page_;
  std::string sql_;
};

Result<std::unique_ptr<Frontend>> make_frontend(
    const HandlerArguments& arguments,
    std::unique_ptr<const pages::SiteSource> source, std::string folder,
    bool strict) {
  Result<std::unique_ptr<pages::Site>> site = source->load();
  if (!site.ok()) return std::move(site).error();
  Result<void> told = tell_warnings(arguments, **site, strict);
  if (!told.ok()) return std::move(told).error();
  if (arguments.location.dev != 1) source.reset();
  return pages::make_pages_frontend(
      {.site = std::move(site).value(),
       .folder = std::move(folder),
       .base = base_path(arguments.cf),
       .sessions = keeper_of(arguments.database),
       .trusted_origins = main_conf(arguments.cf)->trusted_origins,
       .dev_source = std::move(source)});
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

Result<std::unique_ptr<Frontend>> make_pages(
    const HandlerArguments& arguments) {
  bool strict = false;
  for (const std::string& word : arguments.words.subspan(1)) {
    if (word != "strict")
      return bad_directive(concat({"invalid parameter \"", word, "\""}));
    strict = true;
  }
  std::optional<std::string> folder =
      config_path(arguments.cf, arguments.words[0]);
  if (!folder) return bad_directive("out of memory");
  std::string path = without_slash(*std::move(folder));
  auto source = std::make_unique<FolderSource>(path);
  return make_frontend(arguments, std::move(source), std::move(path), strict);
}

}  // namespace

const HandlerKind kPagesHandler = {.directive = "trestle_pages",
                                   .usage = "database folder [strict]",
                                   .min_words = 1,
                                   .make = make_pages};

Result<std::unique_ptr<Frontend>> make_template_query(
    const HandlerArguments& arguments, std::string_view name) {
  std::optional<std::string> sql =
      config_path(arguments.cf, arguments.words[0]);
  std::optional<std::string> path = config_path(arguments.cf, name);
  if (!sql || !path) return bad_directive("out of memory");
  std::size_t slash = path->rfind('/');
  std::string folder = path->substr(0, slash);
  auto source = std::make_unique<PageSource>(folder, path->substr(slash + 1),
                                             *std::move(sql));
  return make_frontend(arguments, std::move(source), std::move(folder), false);
}

}  // namespace trestle::http
