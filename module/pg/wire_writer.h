// Writes the frontend messages of PostgreSQL's protocol 3.0 (manual, chapter
// "Frontend/Backend Protocol", extended query) behind one another into a
// buffer. Values and results are in text format throughout.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sql/statement.h"

namespace trestle::pg {

class WireWriter {
 public:
  // Appends to `out`, which outlives the writer.
  explicit WireWriter(std::string& out) : out_(out) {}

  void parse(std::string_view name, std::string_view sql,
             std::span<const Oid> types);

  // begin_bind(), `parameters` times value(), end_bind(): the unnamed portal
  // of a prepared statement.
  void begin_bind(std::string_view name, std::size_t parameters);
  void value(std::string_view text);
  void null_value();
  void end_bind();

  void describe_portal();
  void describe_unnamed();  // the statement without a name
  void execute();
  void close_statement(std::string_view name);
  void sync();
  // A simple query; may hold several statements. Answers its own
  // ReadyForQuery.
  void query(std::string_view sql);

 private:
  void begin(char type);
  void end();
  void int16(std::size_t number);
  void int32(std::uint32_t number);
  // Up to its first NUL byte, and one NUL byte: a longer text would be read as
  // the fields behind it.
  void text(std::string_view text);

  std::string& out_;
  std::size_t length_at_ = 0;  // of the message that is being written
};

}  // namespace trestle::pg
