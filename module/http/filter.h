// The filter of the module, before nginx's own headers filter: CORS headers on
// every answer of a location that has trestle_cors, and nginx's own error pages
// as JSON where trestle_json_errors or a front-end of ours asks for it.
//
// An error page is known by its text: its header is held back until the first
// piece of the body has been seen. So pages that error_page names, and those of
// other servers, stay as they are.
#pragma once

#include "http/nginx.h"

namespace trestle::http {

// Puts the filter into nginx's chains; called once per configuration.
void install_filter();

}  // namespace trestle::http
