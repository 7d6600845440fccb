// `trestle check`: has PostgreSQL describe every statement of a site or of a
// whole nginx.conf, and names what is wrong with file and line: in a build,
// before anything is put into service.
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "pages/column_check.h"
#include "pages/site_files.h"
#include "sql/handler_file.h"
#include "tools/trestle/database.h"
#include "tools/trestle/nginx_conf.h"
#include "tools/trestle/options.h"

namespace trestle::tools {

namespace {

constexpr std::string_view kUsageText =
    "usage: trestle check --conninfo CONNINFO [--role ROLE] FOLDER\n"
    "       trestle check --conninfo CONNINFO [--role ROLE] -c NGINX.CONF\n"
    "\n"
    "Has PostgreSQL describe each statement of a folder of pages, or of all\n"
    "trestle_pages and trestle_query of an nginx.conf; runs none of them. "
    "Prints\n"
    "a line for each that it refuses, and for each column that a template "
    "asks\n"
    "for and its row does not have; then the exit status is 1.\n"
    "\n"
    "  --role ROLE  the role that visitors have: what it may not see is an "
    "error\n";

constexpr OptionSpec kOptions[] = {
    {.name = "conninfo"}, {.name = "role"}, {.name = "c"}};

constexpr std::size_t kLargestFile = 8 * 1024 * 1024;

class Checker {
 public:
  explicit Checker(PGconn* connection) : connection_(connection) {}

  Result<void> check_folder(std::string folder) {
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    Result<std::vector<pages::SiteFile>> files =
        pages::read_site_files(folder, kLargestFile);
    if (!files.ok()) return std::move(files).error();
    Result<std::unique_ptr<pages::Site>> site =
        pages::make_site(folder, std::move(files).value());
    if (!site.ok()) return std::move(site).error();
    check(**site, folder);
    return {};
  }

  // A file of SQL, and the template that trestle_query renders it with.
  Result<void> check_query(const std::string& path, const std::string& page) {
    Result<std::string> text = read_file(path);
    if (!text.ok()) return std::move(text).error();
    if (page.empty()) return check_sql(path, *text);
    std::size_t slash = page.rfind('/');
    std::string folder = page.substr(0, slash);
    Result<std::vector<pages::SiteFile>> files =
        pages::read_templates(folder, kLargestFile);
    if (!files.ok()) return std::move(files).error();
    Result<std::unique_ptr<pages::Site>> site = pages::make_single_page(
        folder, std::move(files).value(), page.substr(slash + 1),
        {.name = path, .text = std::move(text).value()});
    if (!site.ok()) return std::move(site).error();
    check(**site, folder);
    return {};
  }

  [[nodiscard]] int mistakes() const { return mistakes_; }
  [[nodiscard]] int statements() const { return statements_; }

 private:
  void check(const pages::Site& site, const std::string& folder) {
    std::vector<Description> told;
    for (const SqlRef& sql : pages::statements_of(site))
      told.push_back(describe(sql->text));
    for (const std::string& line : pages::check_site(site, folder, told))
      tell(line);
  }

  Result<void> check_sql(const std::string& path, const std::string& text) {
    Result<HandlerFile> file = parse_handler_file(path, text);
    if (!file.ok()) return std::move(file).error();
    for (const FileSection& section : file->sections)
      for (const FileStatement& statement : section.statements) {
        Description told = describe(statement.text);
        if (told.error)
          tell(concat({path, ":", std::to_string(statement.line), ": ",
                       told.error->message}));
      }
    return {};
  }

  Description describe(const std::string& sql) {
    statements_++;
    DescribedStatement told = tools::describe(connection_, sql);
    Description description{.columns = {}, .error = std::move(told.error)};
    for (ResultColumn& column : told.columns)
      description.columns.push_back(std::move(column.name));
    return description;
  }

  void tell(const std::string& line) {
    mistakes_++;
    std::printf("%s\n", line.c_str());
  }

  PGconn* connection_;
  int mistakes_ = 0;
  int statements_ = 0;
};

Result<void> check_conf(Checker& checker, const std::string& path) {
  Result<std::vector<ConfDirective>> conf = read_nginx_conf(path);
  if (!conf.ok()) return std::move(conf).error();
  std::size_t slash = path.rfind('/');
  std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);
  auto place = [&](std::string_view name) {
    return name.starts_with('/') ? std::string(name)
                                 : concat({folder, "/", name});
  };
  for (const ConfDirective& directive : *conf) {
    const std::vector<std::string>& words = directive.words;
    if (words.size() < 3) continue;
    Result<void> done;
    if (words[0] == "trestle_pages")
      done = checker.check_folder(place(words[2]));
    if (words[0] == "trestle_query") {
      std::string page;
      for (std::string_view word : words)
        if (word.starts_with("template=")) page = place(word.substr(9));
      done = checker.check_query(place(words[2]), page);
    }
    if (!done.ok())
      return Error{.code = done.error().code,
                   .message = concat({directive.file, ":",
                                      std::to_string(directive.line), ": ",
                                      done.error().message})};
  }
  return {};
}

int run(Arguments arguments) {
  Result<Options> options = Options::parse(arguments, kOptions);
  if (!options.ok()) return complain("check", options.error().message, kUsage);
  auto conninfo = options->value("conninfo");
  auto conf = options->value("c");
  bool is_folder = options->plain().size() == 1;
  if (!conninfo || is_folder == conf.has_value() || options->plain().size() > 1)
    return complain("check", "a --conninfo, and a folder or -c nginx.conf",
                    kUsage);
  Result<Connection> connection =
      connect(*conninfo, options->value("role").value_or(""));
  if (!connection.ok())
    return complain("check", connection.error().message, kFailed);
  Checker checker(connection->get());
  Result<void> done =
      conf ? check_conf(checker, std::string(*conf))
           : checker.check_folder(std::string(options->plain().front()));
  if (!done.ok())
    return complain(
        "check",
        concat({done.error().message, done.error().details.value_or("")}),
        kFailed);
  std::fflush(stdout);
  std::fprintf(stderr, "%d statements, %d mistakes\n", checker.statements(),
               checker.mistakes());
  return checker.mistakes() > 0 ? kFailed : kDone;
}

}  // namespace

const Command kCheckCommand = {
    .name = "check",
    .summary = "have PostgreSQL look at every statement and template",
    .usage = kUsageText,
    .run = run};

}  // namespace trestle::tools
