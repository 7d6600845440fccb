#include "pg/wire_writer.h"

#include <arpa/inet.h>

#include <cstring>

namespace trestle::pg {

void WireWriter::int16(std::size_t number) {
  const std::uint16_t big_endian = htons(static_cast<std::uint16_t>(number));
  out_.append(reinterpret_cast<const char*>(&big_endian), sizeof big_endian);
}

void WireWriter::int32(std::uint32_t number) {
  const std::uint32_t big_endian = htonl(number);
  out_.append(reinterpret_cast<const char*>(&big_endian), sizeof big_endian);
}

void WireWriter::text(std::string_view text) {
  out_.append(text.substr(0, text.find('\0')));
  out_.push_back('\0');
}

void WireWriter::begin(char type) {
  out_.push_back(type);
  length_at_ = out_.size();
  out_.append(4, '\0');
}

void WireWriter::end() {
  const std::uint32_t length =
      htonl(static_cast<std::uint32_t>(out_.size() - length_at_));
  std::memcpy(out_.data() + length_at_, &length, sizeof length);
}

void WireWriter::parse(std::string_view name, std::string_view sql,
                       std::span<const Oid> types) {
  begin('P');
  text(name);
  text(sql);
  int16(types.size());
  for (const Oid type : types) int32(type);
  end();
}

void WireWriter::begin_bind(std::string_view name, std::size_t parameters) {
  begin('B');
  out_.push_back('\0');  // the unnamed portal
  text(name);
  int16(0);  // no format codes: all are text
  int16(parameters);
}

void WireWriter::value(std::string_view text) {
  int32(static_cast<std::uint32_t>(text.size()));
  out_.append(text);
}

void WireWriter::null_value() { int32(0xffffffffU); }

void WireWriter::end_bind() {
  int16(0);  // no format codes of results: all are text
  end();
}

void WireWriter::describe_portal() {
  out_.append(std::string_view("D\0\0\0\6P\0", 7));
}

void WireWriter::describe_unnamed() {
  out_.append(std::string_view("D\0\0\0\6S\0", 7));
}

void WireWriter::execute() {
  // The unnamed portal, all its rows.
  out_.append(std::string_view("E\0\0\0\11\0\0\0\0\0", 10));
}

void WireWriter::close_statement(std::string_view name) {
  begin('C');
  out_.push_back('S');
  text(name);
  end();
}

void WireWriter::sync() { out_.append(std::string_view("S\0\0\0\4", 5)); }

void WireWriter::query(std::string_view sql) {
  begin('Q');
  text(sql);
  end();
}

}  // namespace trestle::pg
