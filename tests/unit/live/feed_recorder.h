// Writes down what a PgoutputDecoder reports, one line per event.
#pragma once

#include <string>

#include "base/text.h"
#include "live/pgoutput.h"

namespace trestle::live {

class FeedRecorder : public FeedEvents {
 public:
  void on_begin(Lsn final_lsn, std::uint32_t xid) override {
    add({"begin ", std::to_string(final_lsn), " xid ", std::to_string(xid)});
  }
  void on_commit(Lsn commit_lsn, Lsn end_lsn) override {
    add({"commit ", std::to_string(commit_lsn), "..", std::to_string(end_lsn)});
  }
  void on_relation(const FeedRelation& relation) override {
    add({"relation ", relation.schema, ".", relation.name});
  }
  void on_row(const RowChange& change) override {
    static constexpr std::string_view kNames[] = {"insert", "update", "delete"};
    add({kNames[static_cast<int>(change.kind)], " ", change.relation.name, " ",
         cells(change.before), " -> ", cells(change.after),
         change.before_is_whole_row ? " whole" : ""});
  }
  void on_truncate(const FeedRelation& relation) override {
    add({"truncate ", relation.name});
  }
  void on_message(bool transactional, Lsn lsn, std::string_view prefix,
                  std::string_view content) override {
    add({"message ", transactional ? "in transaction " : "alone ",
         std::to_string(lsn), " ", prefix, "=", content});
  }

  std::string log;

 private:
  void add(std::initializer_list<std::string_view> parts) {
    log += concat(parts);
    log += '\n';
  }

  static std::string cells(std::span<const FeedCell> row) {
    std::string out;
    for (const FeedCell& cell : row) {
      if (!out.empty()) out += ',';
      if (cell.kind == FeedCell::Kind::null) out += "null";
      if (cell.kind == FeedCell::Kind::unchanged) out += "unchanged";
      out += cell.text;
    }
    return concat({"(", out, ")"});
  }
};

}  // namespace trestle::live
