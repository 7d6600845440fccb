#include "live/peer.h"

#include <unordered_set>

#include "base/json.h"
#include "base/text.h"
#include "frontend/named_values.h"

namespace trestle::live {
namespace {

// The arguments as one JSON object; of equal names the first counts.
std::string arguments_of(std::string_view query) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  Result<NamedValues> values = NamedValues::from_form(query);
  std::unordered_set<std::string_view> seen = {"access_token", "apikey"};
  if (values.ok())
    for (const NamedValues::Entry& entry : values->entries())
      if (is_utf8(entry.name) && is_utf8(entry.value.value_or("")) &&
          seen.insert(entry.name).second)
        json.key(entry.name).string_or_null(entry.value);
  json.end_object();
  return text;
}

}  // namespace

Peer::Peer(std::string_view id, const auth::Identity& identity,
           const Request& request, std::string_view address)
    : id_(id) {
  set_identity(identity);
  facts_ = "\"args\":" + arguments_of(request.query) + ",\"addr\":";
  append_json_string(facts_, address);
}

void Peer::set_identity(const auth::Identity& identity) {
  if (identity.claims != nullptr) {
    claims_ = identity.claims->json;
    return;
  }
  claims_.clear();
  JsonWriter json(claims_);
  json.begin_object();
  if (!identity.role.empty()) json.key("role").string(identity.role);
  json.end_object();
}

std::string Peer::json() const {
  std::string text;
  text.reserve(id_.size() + claims_.size() + facts_.size() + state_.size() +
               64);
  text += "{\"id\":";
  append_json_string(text, id_);
  text.append(",\"claims\":").append(claims_).append(",").append(facts_);
  text.append(",\"state\":").append(state_).append("}");
  return text;
}

}  // namespace trestle::live
