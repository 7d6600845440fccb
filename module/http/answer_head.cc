#include "http/answer_head.h"

#include <string>
#include <utility>

#include "base/text.h"
#include "http/headers.h"

namespace trestle::http {

namespace {

void end_session(const ResponseHead& head, const RequestContext& context,
                 const Database& database, Runtime& runtime) {
  LiveBus* bus = runtime.live().bus();
  if (bus == nullptr) return;
  for (const Header& header : head.headers) {
    if (header.name != "Set-Cookie") continue;
    if (auto session =
            database.auth->ended_session(context.request, header.value))
      bus->publish_logout(database.name, *session);
  }
}

}  // namespace

void complete_head(ResponseHead& head, const RequestContext& context,
                   const Database& database, Runtime& runtime) {
  end_session(head, context, database, runtime);
  if (head.status == 503 && !has_header(head, "Retry-After")) {
    std::string seconds;
    append_number(seconds, runtime.pool(database).retry_after());
    head.headers.push_back({"Retry-After", std::move(seconds)});
  }
  if (head.status == 401 && !has_header(head, "WWW-Authenticate"))
    head.headers.push_back(
        {"WWW-Authenticate", context.challenge.value_or("Bearer")});
  const bool personal = context.identity && context.identity->authenticated();
  if (personal && !has_header(head, "Cache-Control"))
    head.headers.push_back({"Cache-Control", "no-store"});
}

}  // namespace trestle::http
