#include "live/pgoutput.h"

#include "base/text.h"

namespace trestle::live {
namespace {

// PostgreSQL allows 1,600 columns in a table.
constexpr std::size_t kMaxColumns = 1600;

}  // namespace

// Takes fields off one message. After the first field that is not there, bad()
// is true and all further ones are zero or empty.
class PgoutputDecoder::Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}

  [[nodiscard]] bool bad() const { return bad_; }
  [[nodiscard]] bool at_end() const { return left_.empty(); }
  void fail() { bad_ = true; }

  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    for (char c : take(bytes))
      value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
  }
  std::uint8_t byte() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t int16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t int32() { return static_cast<std::uint32_t>(number(4)); }
  Lsn lsn() { return number(8); }

  std::string_view string() {
    std::size_t end = left_.find('\0');
    if (end == std::string_view::npos) {
      bad_ = true;
      return {};
    }
    std::string_view text = left_.substr(0, end);
    left_.remove_prefix(end + 1);
    return text;
  }

  std::string_view take(std::size_t size) {
    if (bad_ || size > left_.size()) {
      bad_ = true;
      return {};
    }
    std::string_view text = left_.substr(0, size);
    left_.remove_prefix(size);
    return text;
  }

  // TupleData, one cell per column of `relation`.
  void tuple(const FeedRelation& relation, std::vector<FeedCell>& cells) {
    cells.clear();
    std::size_t count = int16();
    if (count != relation.columns.size()) bad_ = true;
    for (std::size_t i = 0; i < count && !bad_; i++) {
      switch (byte()) {
        case 'n':
          cells.push_back({});
          break;
        case 'u':
          cells.push_back({.kind = FeedCell::Kind::unchanged, .text = {}});
          break;
        case 't':
          cells.push_back(
              {.kind = FeedCell::Kind::value, .text = take(int32())});
          break;
        default:
          // 'b' comes only when binary was asked for.
          bad_ = true;
      }
    }
  }

 private:
  std::string_view left_;
  bool bad_ = false;
};

const FeedRelation* PgoutputDecoder::find(Oid oid) const {
  auto found = relations_.find(oid);
  return found == relations_.end() ? nullptr : &found->second;
}

bool PgoutputDecoder::read_relation(Reader& in, FeedEvents& events) {
  FeedRelation relation;
  relation.oid = in.int32();
  relation.schema = in.string();
  if (relation.schema.empty()) relation.schema = "pg_catalog";
  relation.name = in.string();
  in.byte();  // how rows are known: each column tells whether it is a part
  std::size_t count = in.int16();
  if (count > kMaxColumns) return false;
  for (std::size_t i = 0; i < count && !in.bad(); i++) {
    FeedColumn column;
    column.key = (in.byte() & 1) != 0;
    column.name = in.string();
    column.type = in.int32();
    in.int32();  // type modifier
    relation.columns.push_back(std::move(column));
  }
  if (in.bad() || !in.at_end()) return false;
  FeedRelation& kept = relations_[relation.oid];
  kept = std::move(relation);
  events.on_relation(kept);
  return true;
}

bool PgoutputDecoder::read_insert(Reader& in, FeedEvents& events) {
  const FeedRelation* relation = find(in.int32());
  if (relation == nullptr || in.byte() != 'N') return false;
  in.tuple(*relation, after_);
  if (in.bad() || !in.at_end()) return false;
  events.on_row({.kind = RowChange::Kind::insert,
                 .relation = *relation,
                 .before = {},
                 .after = after_});
  return true;
}

bool PgoutputDecoder::read_update(Reader& in, FeedEvents& events) {
  const FeedRelation* relation = find(in.int32());
  if (relation == nullptr) return false;
  std::uint8_t part = in.byte();
  const bool whole = part == 'O';
  before_.clear();
  if (part == 'K' || part == 'O') {
    in.tuple(*relation, before_);
    part = in.byte();
  }
  if (part != 'N') return false;
  in.tuple(*relation, after_);
  if (in.bad() || !in.at_end()) return false;
  events.on_row({.kind = RowChange::Kind::update,
                 .relation = *relation,
                 .before = before_,
                 .before_is_whole_row = whole,
                 .after = after_});
  return true;
}

bool PgoutputDecoder::read_delete(Reader& in, FeedEvents& events) {
  const FeedRelation* relation = find(in.int32());
  if (relation == nullptr) return false;
  std::uint8_t part = in.byte();
  if (part != 'K' && part != 'O') return false;
  in.tuple(*relation, before_);
  if (in.bad() || !in.at_end()) return false;
  events.on_row({.kind = RowChange::Kind::erase,
                 .relation = *relation,
                 .before = before_,
                 .before_is_whole_row = part == 'O',
                 .after = {}});
  return true;
}

bool PgoutputDecoder::read_truncate(Reader& in, FeedEvents& events) {
  std::uint32_t count = in.int32();
  in.byte();  // CASCADE, RESTART IDENTITY
  std::vector<const FeedRelation*> relations;
  for (std::uint32_t i = 0; i < count && !in.bad(); i++) {
    relations.push_back(find(in.int32()));
    if (relations.back() == nullptr) return false;
  }
  if (in.bad() || !in.at_end()) return false;
  for (const FeedRelation* relation : relations) events.on_truncate(*relation);
  return true;
}

bool PgoutputDecoder::read_message(Reader& in, FeedEvents& events) {
  const bool transactional = (in.byte() & 1) != 0;
  Lsn lsn = in.lsn();
  std::string_view prefix = in.string();
  std::string_view content = in.take(in.int32());
  if (in.bad() || !in.at_end()) return false;
  events.on_message(transactional, lsn, prefix, content);
  return true;
}

// Messages without rows: Begin, Commit, and what is of no interest here (Origin
// and Type).
bool PgoutputDecoder::read_other(char type, Reader& in, FeedEvents& events) {
  if (type == 'B') {
    Lsn final_lsn = in.lsn();
    in.number(8);  // commit time
    std::uint32_t xid = in.int32();
    if (in.bad() || !in.at_end()) return false;
    events.on_begin(final_lsn, xid);
    return true;
  }
  if (type == 'C') {
    in.byte();  // flags
    Lsn commit_lsn = in.lsn();
    Lsn end_lsn = in.lsn();
    in.number(8);  // commit time
    if (in.bad() || !in.at_end()) return false;
    events.on_commit(commit_lsn, end_lsn);
    return true;
  }
  return type == 'O' || type == 'Y';
}

Result<void> PgoutputDecoder::decode(std::string_view message,
                                     FeedEvents& events) {
  const char type = message.empty() ? '\0' : message[0];
  Reader in(message.empty() ? message : message.substr(1));
  bool good = false;
  switch (type) {
    case 'R':
      good = read_relation(in, events);
      break;
    case 'I':
      good = read_insert(in, events);
      break;
    case 'U':
      good = read_update(in, events);
      break;
    case 'D':
      good = read_delete(in, events);
      break;
    case 'T':
      good = read_truncate(in, events);
      break;
    case 'M':
      good = read_message(in, events);
      break;
    default:
      good = read_other(type, in, events);
  }
  if (good) return {};
  return Error{.code = "TRS650",
               .http_status = 500,
               .message = concat({"The replication stream holds a message of "
                                  "type ",
                                  hex_encode(message.substr(0, 1)),
                                  " that cannot be read"})};
}

}  // namespace trestle::live
