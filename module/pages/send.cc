#include "pages/send.h"

#include <algorithm>

#include "base/text.h"
#include "frontend/answer_headers.h"
#include "frontend/entity_tag.h"
#include "pages/http_cache.h"

namespace trestle::pages {

namespace {

constexpr int kNotModified = 304;
constexpr int kSeeOther = 303;
constexpr std::string_view kVary =
    "Accept, Cookie, HX-Request, HX-Target, Turbo-Frame";

class ResultCells final : public HeaderCells {
 public:
  explicit ResultCells(const Results& results) : results_(results) {}

  Result<Param> cell(const HeaderTemplate& header,
                     const TemplatePiece& piece) const override {
    bool has_rows = results_.count(*piece.statement) > 0;
    if (has_rows && !piece.column.empty() &&
        !results_.has_column(*piece.statement, piece.column))
      return trestle::errors::no_header_column(header.name, piece.column);
    return results_.cell(*piece.statement, piece.column);
  }

 private:
  const Results& results_;
};

}  // namespace

void add_vary(const Visit& visit, ResponseHead& head) {
  std::string vary(kVary);
  if (!visit.place->site.locales.empty()) vary.append(", Accept-Language");
  head.headers.push_back({.name = "Vary", .value = std::move(vary)});
  if (visit.locale == nullptr) return;
  std::string language = visit.locale->name;
  std::ranges::replace(language, '_', '-');
  head.headers.push_back(
      {.name = "Content-Language", .value = std::move(language)});
}

void add_cookies(const Visit& visit, ResponseHead& head) {
  bool is_used = visit.flashes_seen && !visit.flashes.empty();
  if (is_used)
    head.headers.push_back(
        {.name = "Set-Cookie", .value = clear_flash_cookie(visit.is_secure())});
  bool keeps = !is_used && visit.status == 200;
  bool is_told = std::ranges::any_of(head.headers, [](const Header& header) {
    return ascii_iequals(header.name, "Cache-Control");
  });
  if (is_told && keeps) return;
  std::erase_if(head.headers, [](const Header& header) {
    return ascii_iequals(header.name, "Cache-Control");
  });
  head.headers.push_back({.name = "Cache-Control",
                          .value = keeps ? "private, no-cache" : "no-store"});
}

Result<void> add_headers(const Results& results, const PageSection& section,
                         std::vector<Header>& headers) {
  return trestle::add_headers(*section.file, ResultCells(results), headers);
}

Result<ResponseHead> page_head(const Visit& visit, std::string_view type,
                               const Results& results,
                               const PageSection* section) {
  ResponseHead head{.status = visit.status, .content_type = std::string(type)};
  add_vary(visit, head);
  if (section != nullptr && visit.status == 200) {
    if (section->file->status != 0) head.status = section->file->status;
    Result<void> added = add_headers(results, *section, head.headers);
    if (!added.ok()) return std::move(added).error();
  }
  add_cookies(visit, head);
  return head;
}

void send(ResponseSink& response, ResponseHead head, std::string_view body) {
  if (head.status != kNotModified) head.content_length = body.size();
  response.head(std::move(head));
  if (!body.empty()) static_cast<void>(response.body(body));
  response.end();
}

void send_page(Visit& visit, ResponseHead head, std::string_view body) {
  if (head.status == 200) {
    std::string tag = entity_tag(body);
    if (has_tag(visit.request(), tag)) {
      head.status = kNotModified;
      head.content_type.clear();
      body = {};
    }
    head.headers.push_back({.name = "ETag", .value = std::move(tag)});
  }
  send(visit.exchange.response, std::move(head), body);
}

void answer_redirect(Visit& visit, std::string location,
                     std::vector<Header> headers) {
  ResponseHead head{.status = kSeeOther, .headers = std::move(headers)};
  head.headers.push_back({.name = "Location", .value = std::move(location)});
  head.headers.push_back({.name = "Cache-Control", .value = "no-store"});
  send(visit.exchange.response, std::move(head), "");
}

}  // namespace trestle::pages
