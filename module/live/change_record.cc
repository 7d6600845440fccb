#include "live/change_record.h"

namespace trestle::live {
namespace {

constexpr char kLast = 1;
constexpr char kLeftOut = 2;
constexpr std::size_t kLengthSize = 4;

void append_int(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i++)
    out += static_cast<char>(value >> (8 * i) & 0xff);
}

// nullopt: the text is too short.
std::optional<std::uint64_t> take_int(std::string_view& text,
                                      std::size_t bytes) {
  if (text.size() < bytes) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; i++)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(text[i]))
             << (8 * i);
  text.remove_prefix(bytes);
  return value;
}

}  // namespace

void ChangeRecord::add_message(std::string_view message) {
  append_int(messages, message.size(), kLengthSize);
  messages.append(message);
}

std::optional<std::string_view> ChangeRecord::next(std::string_view& messages) {
  const std::optional<std::uint64_t> size = take_int(messages, kLengthSize);
  if (!size || *size > messages.size()) return std::nullopt;
  const std::string_view message = messages.substr(0, *size);
  messages.remove_prefix(*size);
  return message;
}

std::string ChangeRecord::encode() const {
  std::string out;
  out.reserve(17 + 4 * relations.size() + messages.size());
  out += static_cast<char>((last ? kLast : 0) | (left_out ? kLeftOut : 0));
  append_int(out, lsn, 8);
  append_int(out, xid, 4);
  append_int(out, relations.size(), 4);
  for (Oid oid : relations) append_int(out, oid, 4);
  out.append(messages);
  return out;
}

std::optional<ChangeRecordView> parse_change_record(std::string_view body) {
  ChangeRecordView record;
  const auto flags = take_int(body, 1);
  const auto lsn = take_int(body, 8);
  const auto xid = take_int(body, 4);
  const auto count = take_int(body, 4);
  if (!flags || !lsn || !xid || !count || *count > body.size() / 4)
    return std::nullopt;
  record.last = (*flags & kLast) != 0;
  record.left_out = (*flags & kLeftOut) != 0;
  record.lsn = *lsn;
  record.xid = static_cast<std::uint32_t>(*xid);
  for (std::uint64_t i = 0; i < *count; i++)
    record.relations.push_back(static_cast<Oid>(*take_int(body, 4)));
  record.messages = body;
  return record;
}

}  // namespace trestle::live
