#include "rest/body.h"

#include <algorithm>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "rest/body_values.h"
#include "rest/errors.h"

namespace trestle::rest {
namespace {

Error bad_json() { return errors::bad_body("Empty or invalid json"); }

using Value = rapidjson::Value;

std::vector<std::string> keys_of(const Value& object) {
  std::vector<std::string> keys;
  for (const auto& member : object.GetObject()) {
    std::string key(json_text(member.name));
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      keys.push_back(std::move(key));
  }
  return keys;
}

bool same_keys(const Value& object, const std::set<std::string_view>& keys) {
  std::set<std::string_view> other;
  for (const auto& member : object.GetObject())
    other.insert(json_text(member.name));
  return other == keys;
}

Result<Body> array_body(const rapidjson::Document& document, Body body,
                        bool any_keys) {
  body.kind = Body::Kind::json_array;
  if (document.Empty()) {
    body.empty_array = true;
    return body;
  }
  for (const Value& item : document.GetArray())
    if (!item.IsObject()) {
      body.kind = Body::Kind::json_other;
      return body;
    }
  body.keys = keys_of(document[0]);
  if (any_keys) return body;
  std::set<std::string_view> first(body.keys.begin(), body.keys.end());
  for (const Value& item : document.GetArray())
    if (!same_keys(item, first))
      return errors::bad_body("All object keys must match");
  return body;
}

// --- CSV (RFC 4180)
// -----------------------------------------------------------

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }

  // One record; false on a quote that is never closed.
  bool read(std::vector<std::string>& fields) {
    fields.clear();
    for (;;) {
      std::string field;
      if (!read_field(field)) return false;
      fields.push_back(std::move(field));
      if (at_end()) return true;
      char c = text_[at_++];
      if (c == ',') continue;
      if (c == '\r' && !at_end() && text_[at_] == '\n') ++at_;
      return true;
    }
  }

 private:
  bool read_field(std::string& out) {
    if (at_end() || text_[at_] != '"') {
      while (!at_end() && text_[at_] != ',' && text_[at_] != '\n' &&
             text_[at_] != '\r')
        out.push_back(text_[at_++]);
      return true;
    }
    ++at_;
    for (;;) {
      if (at_end()) return false;
      char c = text_[at_++];
      if (c != '"') {
        out.push_back(c);
        continue;
      }
      if (at_end() || text_[at_] != '"') return true;
      out.push_back('"');
      ++at_;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void append_row(std::string& out, const std::vector<std::string>& keys,
                const std::vector<std::string>& fields) {
  JsonWriter json(out);
  json.begin_object();
  for (std::size_t i = 0; i < keys.size(); ++i) {
    json.key(keys[i]);
    // The word NULL, as PostgREST reads it.
    if (fields[i] == "NULL")
      json.null();
    else
      json.string(fields[i]);
  }
  json.end_object();
}

}  // namespace

Result<Body> parse_json_body(std::string_view text, bool any_keys) {
  Result<rapidjson::Document> parsed = parse_json(text);
  if (!parsed.ok() || text.find('\0') != std::string_view::npos)
    return bad_json();
  Body body;
  body.text = std::string(text);
  if (parsed->IsArray()) return array_body(*parsed, std::move(body), any_keys);
  if (!parsed->IsObject()) {
    body.kind = Body::Kind::json_other;
    return body;
  }
  body.kind = Body::Kind::json_object;
  body.keys = keys_of(*parsed);
  body.values = plain_values(text, body.keys);
  return body;
}

Result<Body> parse_csv_body(std::string_view text) {
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos)
    return errors::bad_body("The body is not valid UTF-8");
  CsvReader reader(text);
  Body body;
  body.kind = Body::Kind::json_array;
  if (reader.at_end() || !reader.read(body.keys))
    return errors::bad_body("not enough input");
  std::vector<std::string> fields;
  body.text.push_back('[');
  while (!reader.at_end()) {
    if (!reader.read(fields))
      return errors::bad_body("A quoted field is not closed");
    if (fields.size() != body.keys.size())
      return errors::bad_body("All lines must have same number of fields");
    if (body.text.size() > 1) body.text += ",";
    append_row(body.text, body.keys, fields);
  }
  body.empty_array = body.text.size() == 1;
  body.text += "]";
  return body;
}

Result<Body> parse_form_body(std::string_view text) {
  Body body;
  body.kind = Body::Kind::form;
  if (!text.empty())
    for (std::string_view piece : split(text, '&')) {
      if (piece.empty()) continue;
      std::size_t equal = piece.find('=');
      std::optional<std::string> key = url_decode(piece.substr(0, equal), true);
      std::optional<std::string> value =
          equal == std::string_view::npos
              ? std::string()
              : url_decode(piece.substr(equal + 1), true);
      if (!key || !value || !is_utf8(*key) || !is_utf8(*value) ||
          key->find('\0') != std::string::npos ||
          value->find('\0') != std::string::npos)
        return errors::bad_body("The form is not valid");
      body.pairs.emplace_back(std::move(*key), std::move(*value));
    }
  JsonWriter json(body.text);
  json.begin_object();
  for (const auto& [key, value] : body.pairs) {
    if (std::find(body.keys.begin(), body.keys.end(), key) != body.keys.end())
      continue;
    body.keys.push_back(key);
    json.key(key).string(value);
  }
  json.end_object();
  return body;
}

}  // namespace trestle::rest
