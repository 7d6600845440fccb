// A page's results and its request as the variables of its template, and the
// page that comes of them.
#pragma once

#include <optional>

#include "pages/arena.h"
#include "pages/render.h"
#include "pages/results.h"
#include "pages/visit.h"

namespace trestle::pages {

// Puts each result into the context under its name. Borrows from `results`.
void add_results(Dict& context, Arena& arena, Results& results,
                 const PageSection& section);

// Renders the visit's page, or the blocks asked for.
[[nodiscard]] std::optional<TemplateError> render_page(Visit& visit,
                                                       Arena& arena,
                                                       Dict& context,
                                                       OutputSink& sink);

// The same for another template of the site: an error page.
[[nodiscard]] std::optional<TemplateError> render_program(
    Visit& visit, const Program& program, Arena& arena, Dict& context,
    OutputSink& sink);

// Renders the page and sends it, or its variables as JSON when the client asks
// for those; an error page when that fails. `section` may be null.
void answer_page(Visit& visit, Results& results, const PageSection* section);

}  // namespace trestle::pages
