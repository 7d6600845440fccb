#include "live/calls.h"

#include "base/json.h"
#include "base/text.h"
#include "sql/sql_writer.h"

namespace trestle::live {
namespace {

// PostgreSQL's fixed OIDs of pg_catalog types.
constexpr Oid kBytea = 17;
constexpr Oid kText = 25;
constexpr Oid kJsonb = 3802;

// Deeper than any client means to go; deeper text is a string to us.
constexpr std::size_t kMaxDepth = 512;

bool is_identifier(std::string_view text) {
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  for (char c : text) {
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool digit = c >= '0' && c <= '9';
    bool high = static_cast<unsigned char>(c) >= 0x80;
    if (!letter && !digit && !high && c != '_' && c != '$') return false;
  }
  return true;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string as_json(std::string_view text) {
  if (parse_json(text, {.max_depth = kMaxDepth, .max_bytes = text.size()}).ok())
    return std::string(text);
  std::string json;
  append_json_string(json, text);
  return json;
}

}  // namespace

Result<FunctionName> parse_function_name(std::string_view text) {
  const std::size_t dot = text.find('.');
  FunctionName function = {.schema = "public", .name = std::string(text)};
  if (dot != std::string_view::npos) {
    function.schema = text.substr(0, dot);
    function.name = text.substr(dot + 1);
  }
  if (!is_identifier(function.schema) || !is_identifier(function.name))
    return Error{.code = "TRS610",
                 .message = concat({"invalid function name \"", text,
                                    "\", expected schema.name"})};
  return function;
}

Statement lookup_form(const FunctionName& function) {
  SqlWriter sql;
  sql.raw(
         "select p.proargtypes::text from pg_catalog.pg_proc p "
         "join pg_catalog.pg_namespace n on n.oid = p.pronamespace "
         "where n.nspname = ")
      .param(function.schema, kText)
      .raw(" and p.proname = ")
      .param(function.name, kText)
      .raw(" and p.prokind = 'f' order by p.oid");
  return std::move(sql).finish();
}

std::optional<MessageForm> form_of(std::string_view types) {
  if (types == "3802 3802") return MessageForm::json;
  if (types == "17 25 3802") return MessageForm::bytes;
  return std::nullopt;
}

Statement call_with_session(const FunctionName& function, std::string session) {
  SqlWriter sql;
  sql.raw("select ").qualified(function.schema, function.name).raw("(");
  sql.param(std::move(session), kJsonb).raw(")");
  return std::move(sql).finish();
}

Statement call_join(const FunctionName& function, std::string_view topic,
                    std::string session) {
  SqlWriter sql;
  sql.raw("select ").qualified(function.schema, function.name).raw("(");
  sql.param(std::string(topic), kText).raw(", ");
  sql.param(std::move(session), kJsonb).raw(")");
  return std::move(sql).finish();
}

std::optional<Statement> call_message(const FunctionName& function,
                                      MessageForm form, MessageKind kind,
                                      std::string_view payload,
                                      std::string session) {
  SqlWriter sql;
  if (form == MessageForm::json) {
    if (kind == MessageKind::binary) return std::nullopt;
    sql.raw("select ").qualified(function.schema, function.name).raw("(");
    sql.param(as_json(payload), kJsonb).raw(", ");
    sql.param(std::move(session), kJsonb).raw(")");
    return std::move(sql).finish();
  }
  sql.raw("select pg_catalog.encode(")
      .qualified(function.schema, function.name)
      .raw("(");
  sql.param(concat({"\\x", hex_encode(payload)}), kBytea).raw(", ");
  sql.param(kind == MessageKind::text ? "text" : "binary", kText).raw(", ");
  sql.param(std::move(session), kJsonb).raw("), 'hex')");
  return std::move(sql).finish();
}

std::optional<std::string> hex_decode(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = hex_value(digits[i]);
    const int low = hex_value(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string error_text(const Error& error, std::string_view message) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("error").begin_object();
  json.key("code").string(error.code).key("message").string(error.message);
  if (error.details) json.key("details").string(*error.details);
  if (error.hint) json.key("hint").string(*error.hint);
  json.end_object();
  if (Result<rapidjson::Document> parsed = parse_json(message); parsed.ok()) {
    if (parsed->IsObject() && parsed->HasMember("ref")) {
      std::string ref;
      append_json(ref, (*parsed)["ref"]);
      if (is_utf8(ref)) json.key("ref").raw(ref);
    }
  }
  json.end_object();
  return text;
}

}  // namespace trestle::live
