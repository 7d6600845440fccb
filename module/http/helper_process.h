// nginx's cache manager, a process that serves nobody and that the master
// starts anew when it dies, does work of ours beside its own.
#pragma once

#include <string_view>

#include "http/nginx.h"

namespace trestle::http {

// Has the master start that process, and `start` called in it: once it runs,
// and again from time to time. `name`, a literal, is for nginx's own lists.
// False: memory is out.
[[nodiscard]] bool add_helper(ngx_cycle_t* cycle, std::string_view name,
                              void (*start)());

}  // namespace trestle::http
