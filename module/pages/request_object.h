// What a page knows of its request, as template values under Flask's names:
// request.args, request.form, request.path, request.headers ..., session, form.
#pragma once

#include "pages/arena.h"
#include "pages/value.h"
#include "pages/visit.h"

namespace trestle::pages {

// Puts `request`, `session` and `form` into the context. Texts are borrowed
// from the visit or copied into `arena`.
void add_request(Arena& arena, Dict& context, const Visit& visit);

}  // namespace trestle::pages
