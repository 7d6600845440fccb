// `trestle explain`: the statements that the server would send for a request or
// for a file of SQL, whether they are clean, and why not. The planners are the
// module's own.
#include "tools/trestle/explain.h"

#include <cstdio>
#include <set>

#include "base/text.h"
#include "frontend/kept_until.h"
#include "tools/trestle/catalog_reader.h"
#include "tools/trestle/options.h"

namespace trestle::tools {

void append_manner(std::string& out, Access access, Effects effects) {
  const bool reads = access == Access::read;
  out += reads ? "read, " : "write, ";
  switch (effects) {
    case Effects::clean:
      out += "clean: no transaction block";
      out += reads ? "" : ", nothing behind it";
      return;
    case Effects::sequences:
      out += reads ? "moves sequences: between BEGIN READ ONLY and ROLLBACK"
                   : "clean but for sequences";
      return;
    case Effects::unknown:
      out += reads ? "not clean: between BEGIN READ ONLY and ROLLBACK"
                   : "not clean: a scrub of the session behind it";
  }
}

void append_reason(std::string& out, const StatementFacts& facts) {
  if (!facts.reason.empty()) out += concat({" (", facts.reason, ")"});
}

namespace {

class CatalogReads final : public ReadsSource {
 public:
  explicit CatalogReads(const ExplainPlace& place) : place_(place) {}
  const catalog::TableReads& of(const Sql& sql) override {
    return reads_ =
               catalog::table_reads(*place_.catalog, sql, place_.publication);
  }

 private:
  const ExplainPlace& place_;
  catalog::TableReads reads_;
};

// In the order of their names, each once.
std::string names_of(const catalog::Catalog& catalog,
                     const std::vector<Oid>& tables) {
  std::set<std::string> names;
  for (Oid oid : tables)
    if (const catalog::Relation* table = catalog.relation(oid))
      names.insert(concat({table->schema, ".", table->name}));
  std::string list;
  for (const std::string& name : names)
    list += concat({list.empty() ? "" : ", ", name});
  return list;
}

}  // namespace

void append_keeping(std::string& out, const Work& work,
                    const ExplainPlace& place) {
  if (place.catalog == nullptr) return;
  CatalogReads reads(place);
  const KeptUntil kept = kept_until(work, *place.catalog, reads);
  out += "  trestle_cache: ";
  if (!kept.problem.empty()) {
    out += concat({"not kept (", kept.problem, ")\n"});
    return;
  }
  const std::string names = names_of(*place.catalog, kept.tables);
  out += names.empty() ? "kept until the schema changes\n"
                       : concat({"kept until a change of ", names, "\n"});
}

void append_sql(std::string& out, std::string_view sql) {
  while (sql.ends_with('\n')) sql.remove_suffix(1);
  for (std::string_view line : split(sql, '\n'))
    out += concat({"    ", line, "\n"});
}

std::string type_text(const catalog::Catalog& catalog, Oid type) {
  const catalog::Type* known = catalog.type(type);
  return known == nullptr ? concat({"type ", std::to_string(type)})
                          : known->text;
}

void append_columns(std::string& out, const DescribedStatement& described,
                    const catalog::Catalog& catalog) {
  if (described.error) {
    out += concat({"    error ", described.error->sqlstate, ": ",
                   described.error->message, "\n"});
    return;
  }
  std::string list;
  for (const ResultColumn& column : described.columns)
    list += concat({list.empty() ? "" : ", ", column.name, " ",
                    type_text(catalog, column.type)});
  if (!list.empty()) out += concat({"    -> ", list, "\n"});
}

namespace {

constexpr std::string_view kUsageText =
    "usage: trestle explain [--conninfo CONNINFO] [--role ROLE] FILE.sql\n"
    "       trestle explain --conninfo CONNINFO [OPTION]... URL\n"
    "\n"
    "Prints the statements of a file of trestle_query or trestle_pages, with\n"
    "the types that PostgreSQL gives them, or those that trestle_rest makes of "
    "a\n"
    "request; for each whether it is clean, and what is in the way. Tells "
    "until\n"
    "when trestle_cache would keep the answer, or why it cannot. Nothing is "
    "run.\n"
    "Without a database all names of a file count as unknown.\n"
    "\n"
    "  --conninfo C   PostgreSQL's connection string, as in \"dbname=shop\"\n"
    "  --role ROLE    who asks (default: the user that connects)\n"
    "  --publication NAME\n"
    "                 what the change feed reads (trestle)\n"
    "\n"
    "Of a URL (or a path with its query string):\n"
    "  --schema A,B   exposed schemas (public)\n"
    "  --location P   what stands before the resource (/)\n"
    "  --method M     GET, or POST when there is a body\n"
    "  --header H     as in \"Prefer: count=exact\"; may be repeated\n"
    "  --body TEXT    @FILE reads it from a file, @- from standard input\n";

constexpr OptionSpec kOptions[] = {{.name = "conninfo"},
                                   {.name = "role"},
                                   {.name = "publication"},
                                   {.name = "schema"},
                                   {.name = "location"},
                                   {.name = "method"},
                                   {.name = "header", .repeats = true},
                                   {.name = "body"}};

bool is_file(std::string_view word) {
  return word.ends_with(".sql") && word.find('?') == std::string_view::npos;
}

Result<ExplainRequest> read_request(const Options& options,
                                    const std::string& user) {
  ExplainRequest request{
      .target = std::string(options.plain().front()),
      .role = std::string(options.value("role").value_or(user))};
  for (std::string_view header : options.values("header"))
    request.headers.emplace_back(header);
  if (auto body = options.value("body")) {
    request.method = "POST";
    if (body->starts_with('@')) {
      Result<std::string> text = read_file(body->substr(1));
      if (!text.ok()) return std::move(text).error();
      request.body = std::move(*text);
    } else {
      request.body = *body;
    }
  }
  if (auto method = options.value("method")) request.method = *method;
  request.base = options.value("location").value_or("/");
  for (std::string_view name :
       split(options.value("schema").value_or("public"), ','))
    if (!name.empty()) request.schemas.emplace_back(name);
  return request;
}

Result<std::string> explain(const Options& options) {
  const std::string word(options.plain().front());
  const bool file = is_file(word);
  std::optional<std::string_view> conninfo = options.value("conninfo");
  if (!conninfo) return explain_file(word, {});
  Result<Connection> connection = connect(*conninfo);
  if (!connection.ok()) return std::move(connection).error();
  Result<ReadCatalog> read = read_catalog(connection->get());
  if (!read.ok()) return std::move(read).error();
  if (auto role = options.value("role")) {
    Result<void> done =
        set(connection->get(), {.name = "role", .value = std::string(*role)});
    if (!done.ok()) return std::move(done).error();
  }
  const ExplainPlace place{
      .catalog = read->catalog,
      .connection = connection->get(),
      .publication =
          std::string(options.value("publication").value_or("trestle"))};
  if (file) return explain_file(word, place);
  Result<ExplainRequest> request = read_request(options, read->user);
  if (!request.ok()) return std::move(request).error();
  return explain_request(*request, place);
}

int run_explain(Arguments arguments) {
  Result<Options> options = Options::parse(arguments, kOptions);
  if (!options.ok())
    return complain("explain", options.error().message, kUsage);
  if (options->plain().size() != 1)
    return complain("explain", "a file of SQL or a URL is expected", kUsage);
  const bool file = is_file(options->plain().front());
  if (!file && !options->has("conninfo"))
    return complain("explain", "a URL needs \"--conninfo\"", kUsage);
  for (std::string_view name :
       {"schema", "location", "method", "header", "body"})
    if (file && options->has(name))
      return complain("explain", concat({"\"--", name, "\" is for a URL"}),
                      kUsage);
  Result<std::string> text = explain(*options);
  if (!text.ok())
    return complain(
        "explain",
        concat({text.error().message, text.error().details.value_or("")}),
        kFailed);
  std::fwrite(text->data(), 1, text->size(), stdout);
  return kDone;
}

}  // namespace

const Command kExplainCommand = {
    .name = "explain",
    .summary = "show what is run for a file or a URL, and what is clean",
    .usage = kUsageText,
    .run = run_explain,
};

}  // namespace trestle::tools
