// trestle types: the Database type that @supabase/postgrest-js takes.
#include <array>
#include <cstdio>

#include "base/text.h"
#include "rest/database_types.h"
#include "tools/trestle/catalog_reader.h"
#include "tools/trestle/options.h"

namespace trestle::tools {
namespace {

constexpr std::array kOptions = {OptionSpec{.name = "schema"},
                                 OptionSpec{.name = "conninfo"}};

int write_types(Arguments arguments) {
  Result<Options> options = Options::parse(arguments, kOptions);
  if (!options.ok()) return complain("types", options.error().message, kUsage);
  if (!options->plain().empty())
    return complain(
        "types", concat({"unexpected argument \"", options->plain()[0], "\""}),
        kUsage);
  std::vector<std::string> schemas;
  for (std::string_view name :
       split(options->value("schema").value_or("public"), ','))
    schemas.emplace_back(name);
  Result<ReadCatalog> read =
      read_catalog(std::string(options->value("conninfo").value_or("")));
  if (!read.ok()) return complain("types", read.error().message, kFailed);
  const catalog::Catalog& catalog = *read->catalog;
  for (const std::string& schema : schemas)
    if (!catalog.has_schema(schema))
      return complain("types", concat({"no schema \"", schema, "\""}), kFailed);
  std::string text = rest::write_database_types(catalog, schemas);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kDone;
}

}  // namespace

const Command kTypesCommand = {
    .name = "types",
    .summary = "print the database's TypeScript type for postgrest-js",
    .usage =
        "usage: trestle types [--schema NAME[,NAME]...] [--conninfo CONNINFO]\n"
        "\n"
        "Prints `export type Database = {...}`, the generic of\n"
        "@supabase/postgrest-js's PostgrestClient, from what the schemas\n"
        "(public) of the database hold. CONNINFO is libpq's; what it leaves\n"
        "out comes from PGHOST and the like.\n",
    .run = write_types};

}  // namespace trestle::tools
