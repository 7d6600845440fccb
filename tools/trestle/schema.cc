// `trestle schema`: the GraphQL schema that a role sees, as a schema file for
// code generators and reviews.
#include <cstdio>
#include <string>

#include "base/text.h"
#include "graphql/graphql_frontend.h"
#include "tools/trestle/catalog_reader.h"
#include "tools/trestle/options.h"

namespace trestle::tools {

namespace {

constexpr std::string_view kUsageText =
    "usage: trestle schema --conninfo CONNINFO [--schema NAME,...] [--role "
    "ROLE]\n"
    "\n"
    "Prints the schema that trestle_graphql serves to a role: what its grants\n"
    "let it read, change and call.\n"
    "\n"
    "  --conninfo C    PostgreSQL's connection string, as in "
    "\"dbname=shop\"\n"
    "  --schema A,B    exposed schemas (public); names of the first have no "
    "prefix\n"
    "  --role ROLE     the role (default: the user that connects)\n";

constexpr OptionSpec kOptions[] = {
    {.name = "conninfo"}, {.name = "schema"}, {.name = "role"}};

int run_schema(Arguments arguments) {
  Result<Options> options = Options::parse(arguments, kOptions);
  if (!options.ok()) return complain("schema", options.error().message, kUsage);
  if (!options->plain().empty())
    return complain("schema",
                    concat({"unexpected \"", options->plain().front(), "\""}),
                    kUsage);
  std::optional<std::string_view> conninfo = options->value("conninfo");
  if (!conninfo) return complain("schema", "\"--conninfo\" is missing", kUsage);
  std::vector<std::string> schemas;
  for (std::string_view name :
       split(options->value("schema").value_or("public"), ','))
    if (!name.empty()) schemas.emplace_back(name);
  Result<ReadCatalog> read = read_catalog(std::string(*conninfo));
  if (!read.ok()) return complain("schema", read.error().message, kFailed);
  std::string text =
      graphql::print_schema(read->catalog, std::move(schemas),
                            options->value("role").value_or(read->user));
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kDone;
}

}  // namespace

const Command kSchemaCommand = {
    .name = "schema",
    .summary = "print the GraphQL schema that a role sees",
    .usage = kUsageText,
    .run = run_schema,
};

}  // namespace trestle::tools
