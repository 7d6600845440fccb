#include "http/cors.h"

#include "auth/origin.h"
#include "base/text.h"

namespace trestle::http {

namespace {

constexpr std::string_view kMethods = "GET, HEAD, POST, PUT, PATCH, DELETE";

// "a,b" as the header wants it: "a, b". Empty when a part is not a token.
std::string header_list(std::string_view text) {
  std::string joined;
  for (std::string_view part : split(text, ',')) {
    part = trim(part);
    if (part.empty()) return {};
    for (char c : part)
      if (c <= ' ' || c >= 0x7f || c == '"' || c == ':') return {};
    if (!joined.empty()) joined.append(", ");
    joined.append(part);
  }
  return joined;
}

// Seconds, or a number with the unit s, m, h or d.
std::optional<unsigned> parse_age(std::string_view text) {
  unsigned unit = 1;
  if (!text.empty()) {
    switch (text.back()) {
      case 's':
        text.remove_suffix(1);
        break;
      case 'm':
        unit = 60;
        text.remove_suffix(1);
        break;
      case 'h':
        unit = 3'600;
        text.remove_suffix(1);
        break;
      case 'd':
        unit = 86'400;
        text.remove_suffix(1);
        break;
      default:
        break;
    }
  }
  if (text.empty() || text.size() > 6) return std::nullopt;
  unsigned value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > 0xffff'ffffU / unit) return std::nullopt;
  return value * unit;
}

// One "name=value" word. False when it is none of ours or its value is bad.
bool read_option(Cors& cors, std::string_view name, std::string_view value) {
  if (name == "credentials") {
    cors.credentials = value == "on";
    return value == "on" || value == "off";
  }
  if (name == "methods") cors.methods = header_list(value);
  if (name == "headers") cors.headers = header_list(value);
  if (name == "expose") cors.expose = header_list(value);
  if (name == "max_age") {
    std::optional<unsigned> age = parse_age(value);
    if (age) cors.max_age_s = *age;
    return age.has_value();
  }
  return (name == "methods" && !cors.methods.empty()) ||
         (name == "headers" && !cors.headers.empty()) ||
         (name == "expose" && !cors.expose.empty());
}

bool read_origin(Cors& cors, std::string_view word) {
  if (word == "*") {
    cors.any_origin = true;
    return true;
  }
  Result<std::string> origin = auth::parse_origin(word);
  if (!origin.ok()) return false;
  cors.origins.push_back(std::move(origin).value());
  return true;
}

}  // namespace

std::optional<std::string_view> allowed_origin(const Cors& cors,
                                               std::string_view origin) {
  for (const std::string& known : cors.origins)
    if (ascii_iequals(known, origin)) return origin;
  if (cors.any_origin) return "*";
  return std::nullopt;
}

std::optional<Cors> parse_cors(const std::vector<std::string_view>& words,
                               std::string& problem) {
  Cors cors;
  for (std::string_view word : words) {
    std::size_t equals = word.find('=');
    bool good = equals == std::string_view::npos
                    ? read_origin(cors, word)
                    : read_option(cors, word.substr(0, equals),
                                  word.substr(equals + 1));
    if (good) continue;
    problem = concat({"invalid parameter \"", word,
                      "\", expected *, an origin as https://app.example, "
                      "credentials=on|off, methods=, headers=, expose= or "
                      "max_age="});
    return std::nullopt;
  }
  if (!cors.any_origin && cors.origins.empty()) {
    problem = "no origin in \"trestle_cors\"";
    return std::nullopt;
  }
  if (cors.any_origin && cors.credentials) {
    problem =
        "\"trestle_cors\" cannot allow credentials to any origin: list "
        "the origins";
    return std::nullopt;
  }
  if (cors.methods.empty()) cors.methods = kMethods;
  return cors;
}

}  // namespace trestle::http
