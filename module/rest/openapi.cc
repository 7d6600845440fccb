#include "rest/openapi.h"

namespace trestle::rest {

SqlWriter write_description(const ApiRequest& request) {
  SqlWriter sql;
  sql.raw("select 1 where ").param(request.schema).raw("::text is null");
  return sql;
}

Answer make_openapi(const RequestState& state,
                    const std::vector<std::string>& usable) {
  static_cast<void>(state);
  static_cast<void>(usable);
  return {};
}

}  // namespace trestle::rest
