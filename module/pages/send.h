// What is sent of a page: its head, with cookies, caching and the section's own
// headers, and its body.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/http_message.h"
#include "base/result.h"
#include "pages/visit.h"

namespace trestle::pages {

inline constexpr std::string_view kHtml = "text/html; charset=utf-8";

// The status, Vary, cookies and `@header` of a page. `section` may be null.
// Errors: TRS203, TRS208.
[[nodiscard]] Result<ResponseHead> page_head(const Visit& visit,
                                             std::string_view type,
                                             const Results& results,
                                             const PageSection* section);

// Sends a whole page: 304 where the client has it already.
void send_page(Visit& visit, ResponseHead head, std::string_view body);

// Any other answer. The body's length becomes the head's.
void send(ResponseSink& response, ResponseHead head, std::string_view body);

// 303 with the cookies and other headers given.
void answer_redirect(Visit& visit, std::string location,
                     std::vector<Header> headers);

// Cookies that have served, and how long an answer may be kept.
void add_cookies(const Visit& visit, ResponseHead& head);
// What the answer depends on, and its language.
void add_vary(const Visit& visit, ResponseHead& head);

// The section's `@header` lines, filled from its results; one with a NULL is
// left out. Errors: TRS203, TRS208.
[[nodiscard]] Result<void> add_headers(const Results& results,
                                       const PageSection& section,
                                       std::vector<Header>& headers);

}  // namespace trestle::pages
