// The SQL functions that a live location names, and the statements that call
// them (on_open, on_message, on_close, on_join).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "live/frame.h"
#include "sql/statement.h"

namespace trestle::live {

struct FunctionName {
  std::string schema;
  std::string name;
};

// "schema.name" or "name" (of schema public), each part as PostgreSQL's
// identifiers without quotes, but with its case kept. Error: TRS610.
[[nodiscard]] Result<FunctionName> parse_function_name(std::string_view text);

struct Functions {
  std::optional<FunctionName> on_message;
  std::optional<FunctionName> on_open;
  std::optional<FunctionName> on_close;
  std::optional<FunctionName> on_join;
};

// How on_message takes messages, told by its first parameter's type.
enum class MessageForm {
  json,   // (message jsonb, session jsonb) returns jsonb
  bytes,  // (message bytea, kind text, session jsonb) returns bytea
};

// Asks for the parameter types of all functions of that name; one row each.
[[nodiscard]] Statement lookup_form(const FunctionName& function);
// What a row of lookup_form() says; nullopt: neither form.
[[nodiscard]] std::optional<MessageForm> form_of(std::string_view types);

// select schema.name(session)
[[nodiscard]] Statement call_with_session(const FunctionName& function,
                                          std::string session);
// select schema.on_join(topic, session)
[[nodiscard]] Statement call_join(const FunctionName& function,
                                  std::string_view topic, std::string session);
// The answer of the bytes form comes as hexadecimal digits. nullopt: a text
// message that the form cannot take, because it is binary.
[[nodiscard]] std::optional<Statement> call_message(
    const FunctionName& function, MessageForm form, MessageKind kind,
    std::string_view payload, std::string session);

// The bytes that hexadecimal digits stand for; nullopt: they are none.
[[nodiscard]] std::optional<std::string> hex_decode(std::string_view digits);

// {"error":{"code","message"},"ref"}, details and hint where there are any, and
// the message's own "ref" when it is a JSON object that has one.
[[nodiscard]] std::string error_text(const Error& error,
                                     std::string_view message);

}  // namespace trestle::live
