#include "rest/openapi.h"

#include "rest/errors.h"
#include "rest/openapi_types.h"

namespace trestle::rest {

SqlWriter write_description(const ApiRequest& request) {
  SqlWriter sql;
  sql.raw(
         "select 'r' || c.oid from pg_catalog.pg_class c where c.relnamespace "
         "= (select oid from pg_catalog.pg_namespace where nspname = ")
      .param(request.schema)
      .raw(
          ") and c.relkind in ('r', 'p', 'v', 'm', 'f') and "
          "(has_table_privilege(c.oid, 'select, insert, update, delete') or "
          "has_any_column_privilege(c.oid, 'select, insert, update')) "
          "union all select 'f' || p.oid from pg_catalog.pg_proc p where "
          "p.pronamespace = (select oid from pg_catalog.pg_namespace where "
          "nspname = ")
      .param(request.schema)
      .raw(
          ") and p.prokind = 'f' and has_function_privilege(p.oid, "
          "'execute')");
  return sql;
}

Answer make_openapi(const RequestState& state,
                    const std::vector<std::string>& rows) {
  using Kind = MediaType::Kind;
  Usable usable(state, rows);
  for (const MediaType& type : state.shape->request.accept) {
    bool described = type.kind == Kind::openapi || type.kind == Kind::any;
    if (!described && type.kind != Kind::json) continue;
    Answer answer;
    answer.body = type.version.starts_with("3")
                      ? write_openapi_3(state, usable)
                      : write_openapi_2(state, usable);
    answer.head.content_type = described
                                   ? "application/openapi+json; charset=utf-8"
                                   : "application/json; charset=utf-8";
    if (state.shape->request.profile_given || state.config->schemas.size() > 1)
      answer.head.headers.push_back(
          {"Content-Profile", state.shape->request.schema});
    return answer;
  }
  std::vector<std::string> names;
  for (const MediaType& type : state.shape->request.accept)
    names.push_back(media_name(type));
  return make_error(*state.config, errors::not_acceptable(names));
}

}  // namespace trestle::rest
