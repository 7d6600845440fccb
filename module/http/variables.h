// Variables for log_format, map and headers: who asked and how the statements
// of a request went. Before they are known they are "not found", as nginx's
// $upstream_ variables are.
#pragma once

#include "http/nginx.h"

namespace trestle::http {

// $trestle_role $trestle_sub $trestle_claim_NAME $trestle_database
// $trestle_error $trestle_sqlstate $trestle_rows $trestle_db_time
// $trestle_queue_time $trestle_statement
[[nodiscard]] bool add_variables(ngx_conf_t* cf);

}  // namespace trestle::http
