// The two halves of `trestle explain`, and what both print.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/http_message.h"
#include "catalog/catalog.h"
#include "frontend/judge.h"
#include "tools/trestle/database.h"

namespace trestle::tools {

// What is known of the database. Without it `catalog` and `connection` are
// null, and what a name stands for is not known.
struct ExplainPlace {
  catalog::CatalogRef catalog;
  PGconn* connection = nullptr;
  std::string publication = "trestle";  // that the change feed would read
};

// What the server would do with each section of a file of SQL. Error: what
// `nginx -t` says of the file.
[[nodiscard]] Result<std::string> explain_file(const std::string& path,
                                               const ExplainPlace& place);

struct ExplainRequest {
  std::string method = "GET";
  std::string target;                     // "/orders?id=eq.7", or a whole URL
  std::vector<std::string> headers = {};  // "Prefer: count=exact"
  std::string body = {};
  std::string role = {};
  std::string base = "/";  // the location of trestle_rest
  std::vector<std::string> schemas = {};
};

// What trestle_rest would run for a request. Error: how it would refuse it.
[[nodiscard]] Result<std::string> explain_request(const ExplainRequest& request,
                                                  const ExplainPlace& place);

// "read, clean: no transaction block": how statements run, by what they may do.
void append_manner(std::string& out, Access access, Effects effects);

// Why it is not clean: " (function api.log())", or nothing.
void append_reason(std::string& out, const StatementFacts& facts);

// "  trestle_cache: kept until a change of api.product", or why the answer is
// not kept. Nothing without a catalog. The plan is that of a front-end, or as
// it would be.
void append_keeping(std::string& out, const Work& work,
                    const ExplainPlace& place);

// The statement, indented.
void append_sql(std::string& out, std::string_view sql);

// " -> id integer, name text", or PostgreSQL's complaint. Nothing when there is
// nothing to say.
void append_columns(std::string& out, const DescribedStatement& described,
                    const catalog::Catalog& catalog);

// "integer", or the OID of a type that the catalog does not have.
[[nodiscard]] std::string type_text(const catalog::Catalog& catalog, Oid type);

}  // namespace trestle::tools
