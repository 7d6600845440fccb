// What a page knows of its request, as template values under Flask's names:
// request.args, request.form, request.path, request.headers ..., session, form.
#pragma once

#include "pages/arena.h"
#include "pages/value.h"
#include "pages/visit.h"

namespace trestle::pages {

// Each puts the variable of its name into the context. Texts are borrowed from
// the visit or copied into `arena`.
void add_request(Arena& arena, Dict& context, const Visit& visit);
void add_session(Arena& arena, Dict& context, const Visit& visit);
void add_form(Arena& arena, Dict& context, const Visit& visit);

}  // namespace trestle::pages
