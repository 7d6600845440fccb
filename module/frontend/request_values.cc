#include "frontend/request_values.h"

#include "base/json.h"
#include "base/text.h"
#include "frontend/multipart.h"

namespace trestle {

namespace {

char dash_as_underscore(char c) { return c == '-' ? '_' : c; }

// Names in SQL have underscores where those of headers and cookies have dashes.
bool same_name(std::string_view sent, std::string_view written) {
  if (sent.size() != written.size()) return false;
  for (std::size_t i = 0; i < sent.size(); i++)
    if (dash_as_underscore(sent[i]) != dash_as_underscore(written[i]))
      return false;
  return true;
}

Param header_value(const Request& request, std::string_view name) {
  std::string lower = ascii_lower(name);
  for (const HeaderView& header : request.headers)
    if (same_name(ascii_lower(header.name), lower))
      return std::string(header.value);
  return std::nullopt;
}

Param own_claim(const auth::Identity& identity, std::string_view path) {
  const rapidjson::Value* value =
      identity.claims ? &identity.claims->document : nullptr;
  for (std::string_view name : split(path, '.')) {
    if (value == nullptr || !value->IsObject()) return std::nullopt;
    auto member = value->FindMember(rapidjson::Value(rapidjson::StringRef(
        name.data(), static_cast<rapidjson::SizeType>(name.size()))));
    value = member == value->MemberEnd() ? nullptr : &member->value;
  }
  if (value == nullptr || value->IsNull()) return std::nullopt;
  if (value->IsString()) return std::string(json_text(*value));
  std::string text;
  append_json(text, *value);
  return text;
}

Error bad_text(std::string_view parameter) {
  return {.code = "TRS102",
          .http_status = 400,
          .message = concat({"The value of \"", parameter,
                             "\" is not UTF-8 or holds a NUL character"})};
}

Error missing(std::string_view parameter) {
  return {.code = "TRS103",
          .http_status = 400,
          .message = concat({"The parameter \"", parameter, "\" is missing"})};
}

Error wrong_media_type(std::string_view media_type) {
  return {.code = "TRS104",
          .http_status = 415,
          .message = media_type.empty()
                         ? std::string("The body has no Content-Type")
                         : concat({"A body of type \"", media_type,
                                   "\" cannot be read here"}),
          .hint =
              "Send application/json or "
              "application/x-www-form-urlencoded"};
}

std::string_view content_type(const Request& request) {
  return request.header("content-type").value_or("");
}

Param text_of(std::optional<std::string_view> text) {
  return text ? Param(std::string(*text)) : std::nullopt;
}

class Resolver {
 public:
  Resolver(const Exchange& exchange, const NamedValues* values)
      : exchange_(exchange), values_(values) {}

  Result<Param> resolve(const FileParam& param) {
    switch (param.source) {
      case ParamSource::named:
        return resolve_named(param.name);
      case ParamSource::body:
        return resolve_body();
      case ParamSource::claim:
        return claim_value(exchange_.identity, param.name);
      case ParamSource::header:
        return header_value(exchange_.request, param.name);
      case ParamSource::cookie:
        return cookie_value(exchange_.request, param.name);
      case ParamSource::variable:
        return text_of(exchange_.facts.variable(param.name));
    }
    return Param();
  }

 private:
  Result<Param> resolve_named(std::string_view name) {
    if (auto value = exchange_.facts.param(name)) return text_of(value);
    if (auto value = exchange_.facts.capture(name)) return text_of(value);
    if (values_ == nullptr) {
      const Request& request = exchange_.request;
      Result<NamedValues> read = takes_body(request.method)
                                     ? body_values(request)
                                     : NamedValues::from_form(request.query);
      if (!read.ok()) return std::move(read).error();
      own_values_ = std::move(read).value();
      values_ = &own_values_;
    }
    const Param* value = values_->find(name);
    return value == nullptr ? Param() : *value;
  }

  // JSON is read before PostgreSQL sees it, for the limit of its depth.
  Result<Param> resolve_body() const {
    const Request& request = exchange_.request;
    if (request.body.empty()) return Param();
    if (is_json_type(media_type(content_type(request)))) {
      Result<rapidjson::Document> parsed = parse_json(request.body);
      if (!parsed.ok()) return std::move(parsed).error();
    }
    return Param(std::string(request.body));
  }

  const Exchange& exchange_;
  const NamedValues* values_;  // of the query string or the body
  NamedValues own_values_;
};

}  // namespace

Param cookie_value(const Request& request, std::string_view name) {
  for (const HeaderView& header : request.headers) {
    if (!ascii_iequals(header.name, "cookie")) continue;
    for (std::string_view pair : split(header.value, ';')) {
      std::size_t equals = pair.find('=');
      if (equals != std::string_view::npos &&
          same_name(trim(pair.substr(0, equals)), name))
        return std::string(trim(pair.substr(equals + 1)));
    }
  }
  return std::nullopt;
}

bool takes_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

Result<NamedValues> body_values(const Request& request) {
  if (request.body.empty()) return NamedValues();
  std::string type = media_type(content_type(request));
  if (is_json_type(type)) return NamedValues::from_json(request.body);
  if (type == "application/x-www-form-urlencoded")
    return NamedValues::from_form(request.body);
  if (type == "multipart/form-data")
    return parse_multipart(content_type(request), request.body);
  return wrong_media_type(type);
}

Param claim_value(const auth::Identity& identity, std::string_view path) {
  Param value = own_claim(identity, path);
  if (!value && path == "role" && !identity.role.empty()) value = identity.role;
  return value;
}

Result<std::vector<Param>> request_values(const FileSection& section,
                                          const Exchange& exchange,
                                          const NamedValues* given) {
  Resolver resolver(exchange, given);
  std::vector<Param> values;
  values.reserve(section.params.size());
  for (const FileParam& param : section.params) {
    Result<Param> value = resolver.resolve(param);
    if (!value.ok()) return std::move(value).error();
    if (!value->has_value() && param.required) return missing(param.spelling());
    if (value->has_value()) {
      const std::string& text = **value;
      if (text.find('\0') != std::string::npos || !is_utf8(text))
        return bad_text(param.spelling());
    }
    values.push_back(std::move(value).value());
  }
  return values;
}

}  // namespace trestle
