// Live blocks: parts of a page that the browser shows anew when their data has
// changed.
//
//   {% live reviews %} ... {% endlive %}
//
// The page is followed as a stream of events (http/answer_stream.h), and each
// event holds its live blocks: {"reviews": "<li>..</li>"}. The script puts what
// is new into the document and leaves the rest alone; without it, or without
// JavaScript, the page is what it was when it was asked for.
#pragma once

#include <string>
#include <string_view>

namespace trestle::pages {

// What stands around a live block in the page. A name is an identifier.
[[nodiscard]] std::string live_begin(std::string_view name);
inline constexpr std::string_view kLiveEnd = "</div><!--endlive-->";

// The live blocks of a rendered page, as a JSON object. Of a name that comes
// more than once, the last.
[[nodiscard]] std::string live_blocks(std::string_view page);

// Where the script is, below the site's own path, and its text.
inline constexpr std::string_view kLiveScriptPath = "/_trestle/live.js";
[[nodiscard]] std::string_view live_script();

}  // namespace trestle::pages
