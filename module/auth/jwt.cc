#include "auth/jwt.h"

#include <algorithm>
#include <cmath>

#include "auth/errors.h"
#include "base/json.h"
#include "base/text.h"

namespace trestle::auth {

namespace {

// The members of a header that we act on (RFC 7515 4.1); all others, above all
// those that name or bring keys, are left unread.
struct Header {
  Algorithm algorithm;
  std::optional<std::string> kid;
};

// The three parts of a compact token; borrowed from it.
struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  // header and payload with their point
};

Result<Parts> split_token(std::string_view token) {
  if (token.empty()) return errors::empty_token();
  if (token.size() > kMaxTokenBytes)
    return errors::token_too_long(kMaxTokenBytes);
  auto points =
      static_cast<std::size_t>(std::count(token.begin(), token.end(), '.'));
  if (points != 2) return errors::wrong_part_count(points + 1);
  std::size_t first = token.find('.');
  std::size_t second = token.rfind('.');
  return Parts{.header = token.substr(0, first),
               .payload = token.substr(first + 1, second - first - 1),
               .signature = token.substr(second + 1),
               .signed_text = token.substr(0, second)};
}

Result<Header> parse_header(std::string_view encoded) {
  std::optional<std::string> json = base64url_decode(encoded);
  if (!json) return errors::undecodable();
  std::optional<rapidjson::Document> document = parse_strict_object(*json);
  if (!document) return errors::undecodable();

  auto alg = document->FindMember("alg");
  if (alg == document->MemberEnd() || !alg->value.IsString())
    return errors::undecodable();
  if (json_text(alg->value) == "none") return errors::unsecured();
  if (document->HasMember("crit")) return errors::critical_header();
  std::optional<Algorithm> algorithm = find_algorithm(json_text(alg->value));
  if (!algorithm) return errors::undecodable();

  Header header{.algorithm = *algorithm, .kid = std::nullopt};
  auto kid = document->FindMember("kid");
  if (kid == document->MemberEnd()) return header;
  if (!kid->value.IsString()) return errors::undecodable();
  header.kid = std::string(json_text(kid->value));
  return header;
}

// A key id only chooses among our keys; a key or token without one takes part
// in every choice.
bool is_candidate(const Key& key, const Header& header) {
  if (key.kid && header.kid && *key.kid != *header.kid) return false;
  return key.allows(header.algorithm);
}

bool holds_nul(const rapidjson::Value& text) {
  return json_text(text).find('\0') != std::string_view::npos;
}

bool has_repeated_member(const rapidjson::Value& object) {
  std::vector<std::string_view> names;
  names.reserve(object.MemberCount());
  for (const auto& member : object.GetObject())
    names.push_back(json_text(member.name));
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

// True when no object below repeats a member and no text holds a NUL.
bool is_strict(const rapidjson::Value& root) {
  std::vector<const rapidjson::Value*> left = {&root};
  while (!left.empty()) {
    const rapidjson::Value& value = *left.back();
    left.pop_back();
    if (value.IsString() && holds_nul(value)) return false;
    if (value.IsArray())
      for (const rapidjson::Value& item : value.GetArray())
        left.push_back(&item);
    if (!value.IsObject()) continue;
    if (has_repeated_member(value)) return false;
    for (const auto& member : value.GetObject()) {
      if (holds_nul(member.name)) return false;
      left.push_back(&member.value);
    }
  }
  return true;
}

// Far beyond any date, and far from overflow when a leeway is added.
constexpr std::int64_t kFarTime = std::int64_t{1} << 53;

// A NumericDate (RFC 7519 2), rounded down, limited to +-kFarTime.
std::int64_t numeric_date(const rapidjson::Value& number) {
  if (number.IsInt64())
    return std::clamp(number.GetInt64(), -kFarTime, kFarTime);
  if (number.IsUint64()) return kFarTime;
  double limit = static_cast<double>(kFarTime);
  return static_cast<std::int64_t>(
      std::clamp(std::floor(number.GetDouble()), -limit, limit));
}

// The claim, or null when it is absent or JSON null.
const rapidjson::Value* claim(const rapidjson::Value& claims,
                              const char* name) {
  auto found = claims.FindMember(name);
  if (found == claims.MemberEnd() || found->value.IsNull()) return nullptr;
  return &found->value;
}

Result<Validity> check_times(const rapidjson::Value& claims,
                             const ClaimRules& rules, std::int64_t now) {
  Validity validity;
  if (const rapidjson::Value* exp = claim(claims, "exp")) {
    if (!exp->IsNumber()) return errors::claim_not_a_number("exp");
    validity.until = numeric_date(*exp) + rules.leeway_s;
    if (now > validity.until) return errors::expired();
  }
  if (const rapidjson::Value* nbf = claim(claims, "nbf")) {
    if (!nbf->IsNumber()) return errors::claim_not_a_number("nbf");
    validity.from = numeric_date(*nbf) - rules.leeway_s;
    if (now < validity.from) return errors::not_yet_valid();
  }
  if (const rapidjson::Value* iat = claim(claims, "iat")) {
    if (!iat->IsNumber()) return errors::claim_not_a_number("iat");
    validity.from =
        std::max(validity.from, numeric_date(*iat) - rules.leeway_s);
    if (now < validity.from) return errors::issued_in_future();
  }
  return validity;
}

bool is_listed(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

Result<void> check_audience(const rapidjson::Value& aud,
                            const std::vector<std::string>& ours) {
  if (aud.IsString()) {
    if (ours.empty() || is_listed(ours, json_text(aud))) return {};
    return errors::wrong_audience();
  }
  if (!aud.IsArray()) return errors::audience_malformed();
  bool named = ours.empty() || aud.Empty();
  for (const rapidjson::Value& item : aud.GetArray()) {
    if (!item.IsString()) return errors::audience_malformed();
    named = named || is_listed(ours, json_text(item));
  }
  if (!named) return errors::wrong_audience();
  return {};
}

}  // namespace

Result<std::string> verify_jwt(std::string_view token, const KeySet& keys) {
  Result<Parts> parts = split_token(token);
  if (!parts.ok()) return std::move(parts).error();
  Result<Header> header = parse_header(parts->header);
  if (!header.ok()) return std::move(header).error();
  std::optional<std::string> payload = base64url_decode(parts->payload);
  std::optional<std::string> signature = base64url_decode(parts->signature);
  if (!payload || !signature) return errors::undecodable();

  bool tried = false;
  for (const Key& key : keys) {
    if (!is_candidate(key, header.value())) continue;
    tried = true;
    if (verify_signature(key, header->algorithm, parts->signed_text,
                         *signature))
      return std::move(*payload);
  }
  return tried ? errors::wrong_signature() : errors::no_suitable_key();
}

std::optional<rapidjson::Document> parse_strict_object(std::string_view json) {
  Result<rapidjson::Document> document = parse_json(json);
  if (!document.ok() || !document->IsObject() || !is_strict(*document))
    return std::nullopt;
  return std::move(document).value();
}

Result<Validity> check_claims(const rapidjson::Value& claims,
                              const ClaimRules& rules, std::int64_t now) {
  Result<Validity> validity = check_times(claims, rules, now);
  if (!validity.ok()) return validity;
  if (const rapidjson::Value* aud = claim(claims, "aud"))
    if (Result<void> checked = check_audience(*aud, rules.audiences);
        !checked.ok())
      return std::move(checked).error();
  if (rules.issuer.empty()) return validity;
  const rapidjson::Value* iss = claim(claims, "iss");
  if (iss == nullptr || !iss->IsString() || json_text(*iss) != rules.issuer)
    return errors::wrong_issuer();
  return validity;
}

Result<std::string> sign_jwt(std::string_view payload, const KeySet& keys) {
  auto key = std::find_if(keys.begin(), keys.end(),
                          [](const Key& k) { return !k.secret.empty(); });
  if (key == keys.end())
    return errors::cannot_sign(
        "No secret to sign tokens with: the configured keys only verify");
  Algorithm algorithm = key->algorithms.front();
  std::string header =
      concat({R"({"alg":")", name_of(algorithm), R"(","typ":"JWT"})"});
  std::string token =
      concat({base64url_encode(header), ".", base64url_encode(payload)});
  std::string signature = hmac(algorithm, key->secret, token);
  if (signature.empty())
    return errors::cannot_sign("The token could not be signed");
  token.push_back('.');
  token.append(base64url_encode(signature));
  return token;
}

}  // namespace trestle::auth
