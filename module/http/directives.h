// The table of the module's directives, as nginx wants it.
#pragma once

#include "http/nginx.h"

namespace trestle::http {

extern ngx_command_t kCommands[];

}  // namespace trestle::http
