#include "live/change_gatherer.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "live/dialect.h"

namespace trestle::live {
namespace {

constexpr std::string_view kPushPrefix = "trestle:";
constexpr std::string_view kSchemaPrefix = "trestle.schema";
// Of a row that is too large, cells up to this size are told.
constexpr std::size_t kSmallCell = 256;

// Numbers of pgoutput are big-endian.
void append_int(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 0xff);
}

void append_tuple(std::string& out, std::span<const FeedCell> cells) {
  append_int(out, cells.size(), 2);
  for (const FeedCell& cell : cells) {
    if (cell.kind == FeedCell::Kind::null) {
      out += 'n';
    } else if (cell.kind == FeedCell::Kind::unchanged ||
               cell.text.size() > kSmallCell) {
      out += 'u';
    } else {
      out += 't';
      append_int(out, cell.text.size(), 4);
      out.append(cell.text);
    }
  }
}

// The change with its small cells alone, as a message of pgoutput.
std::string small_message(const RowChange& change) {
  constexpr char kTypes[] = {'I', 'U', 'D'};
  std::string out(1, kTypes[static_cast<int>(change.kind)]);
  append_int(out, change.relation.oid, 4);
  if (!change.before.empty()) {
    out += change.before_is_whole_row ? 'O' : 'K';
    append_tuple(out, change.before);
  }
  if (change.kind != RowChange::Kind::erase) {
    out += 'N';
    append_tuple(out, change.after);
  }
  return out;
}

}  // namespace

Result<void> ChangeGatherer::take(std::string_view message) {
  message_ = message;
  return decoder_.decode(message, *this);
}

void ChangeGatherer::on_begin(Lsn final_lsn, std::uint32_t xid) {
  // Its record in the log begins there.
  commit_ = {.xid = xid, .position = final_lsn + 1};
  in_transaction_ = true;
  wanted_ = output_.wants(final_lsn);
  left_out_ = false;
  bytes_ = 0;
  part_ = {};
  relations_.clear();
  pushes_.clear();
}

void ChangeGatherer::on_commit(Lsn, Lsn end_lsn) {
  in_transaction_ = false;
  if (!wanted_) return;
  if (left_out_) {
    part_ = {};
    part_.left_out = true;
    part_.relations = relations_;
    write_part(true, end_lsn);
  } else if (!relations_.empty()) {
    write_part(true, end_lsn);
  }
  for (const Push& push : pushes_) output_.write_push(push.topic, push.data);
  output_.committed(end_lsn);
}

void ChangeGatherer::on_relation(const FeedRelation& relation) {
  shapes_[relation.oid] = message_;
  // What follows is in the new shape, so it is described again.
  std::erase(part_.relations, relation.oid);
}

void ChangeGatherer::on_row(const RowChange& change) {
  if (!wanted_) return;
  if (message_.size() <= limits_.row)
    add(change.relation.oid, message_);
  else
    add(change.relation.oid, small_message(change));
}

void ChangeGatherer::on_truncate(const FeedRelation& relation) {
  std::string message("T");
  append_int(message, 1, 4);  // of how many relations
  append_int(message, 0, 1);  // options
  append_int(message, relation.oid, 4);
  if (wanted_) add(relation.oid, message);
}

void ChangeGatherer::add(Oid relation, std::string_view message) {
  if (std::ranges::find(relations_, relation) == relations_.end()) {
    relations_.push_back(relation);
    output_.changed(relation, commit_);
  }
  bytes_ += message.size();
  left_out_ =
      left_out_ || message.size() > limits_.row || bytes_ > limits_.transaction;
  if (left_out_) return;
  if (std::ranges::find(part_.relations, relation) == part_.relations.end()) {
    part_.relations.push_back(relation);
    part_.add_message(shapes_[relation]);
  }
  part_.add_message(message);
  if (part_.messages.size() >= limits_.part) write_part(false, 0);
}

void ChangeGatherer::write_part(bool last, Lsn lsn) {
  part_.last = last;
  part_.lsn = lsn;
  part_.xid = commit_.xid;
  output_.write_changes(part_.encode());
  part_ = {};
}

void ChangeGatherer::on_message(bool transactional, Lsn,
                                std::string_view prefix,
                                std::string_view content) {
  if (prefix == kSchemaPrefix && wanted_) output_.schema_changed(commit_);
  if (!prefix.starts_with(kPushPrefix)) return;
  const std::string_view topic = prefix.substr(kPushPrefix.size());
  if (!is_topic(topic) || !is_utf8(topic)) return;
  // Anybody may emit a message by hand, with bytes that are no JSON.
  const bool good = content.size() <= limits_.transaction &&
                    parse_json(content, {.max_bytes = content.size()}).ok();
  const std::string_view data = good ? content : std::string_view();
  if (!transactional)
    output_.write_push(topic, data);
  else if (wanted_)
    pushes_.push_back({std::string(topic), std::string(data)});
}

}  // namespace trestle::live
