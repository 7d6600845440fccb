#include "pages/visit.h"

#include "base/text.h"

namespace trestle::pages {

std::string Visit::path(std::string_view below) const {
  if (below.starts_with('/')) below.remove_prefix(1);
  return concat({place->base, below});
}

std::string Visit::id() const {
  constexpr std::size_t kShown = 12;
  std::optional<std::string_view> id = exchange.facts.variable("request_id");
  return std::string(id.value_or("").substr(0, kShown));
}

void Visit::log(std::string_view what) const {
  if (exchange.log == nullptr) return;
  std::string line = concat({what, ", id: ", id()});
  for (char& c : line)  // one line each, whatever a value holds
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  exchange.log->error(line);
}

bool wants_json(const Request& request) {
  std::string accept = ascii_lower(request.header("accept").value_or(""));
  return accept.find("application/json") != std::string::npos &&
         accept.find("text/html") == std::string::npos;
}

}  // namespace trestle::pages
