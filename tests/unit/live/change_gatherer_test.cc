// From a replication stream to records, and by a router to a sink.
#include "live/change_gatherer.h"

#include <gtest/gtest.h>

#include "live/changes.h"
#include "unit/live/pgoutput_messages.h"

namespace trestle::live {
namespace {

using Message = PgoutputMessage;

// Takes the records to a router at once and writes down what its sink hears.
class Pipe final : public ChangeGatherer::Output,
                   public FeedSource,
                   public ChangeSink {
 public:
  explicit Pipe(const GatherLimits& limits = {}) : gatherer(*this, limits) {
    router.subscribe(7, *this);
  }
  ~Pipe() { router.unsubscribe(*this); }

  FeedStatus status() const override { return FeedStatus::running; }
  std::string problem() const override { return {}; }
  void want(Lsn) override {}

  bool wants(Lsn final_lsn) override { return final_lsn >= known; }
  void write_changes(std::string_view body) override {
    EXPECT_TRUE(router.take(body, {}));
    records++;
  }
  void changed(Oid relation, const ToldCommit& by) override {
    told.push_back(std::to_string(relation) + " by " + std::to_string(by.xid));
  }
  void schema_changed(const ToldCommit& by) override {
    told.push_back("schema by " + std::to_string(by.xid));
  }
  void write_push(std::string_view topic, std::string_view data) override {
    log += "push " + std::string(topic) + " " + std::string(data) + "; ";
  }
  void committed(Lsn end_lsn) override {
    log += "committed " + std::to_string(end_lsn) + "; ";
  }

  void on_row(const RowChange& change) override {
    log += std::string(1, "iud"[static_cast<int>(change.kind)]);
    for (const FeedCell& cell : change.after)
      log += cell.kind == FeedCell::Kind::unchanged
                 ? " ="
                 : " " + std::string(cell.text.substr(0, 10));
    log += "; ";
  }
  void on_truncate(const FeedRelation&) override { log += "truncate; "; }
  void on_commit(const CommitPoint& at) override {
    log += "commit " + std::to_string(at.lsn) + "; ";
  }
  void on_resync(const CommitPoint&) override { log += "resync; "; }

  void take(std::initializer_list<std::string> messages) {
    for (const std::string& message : messages)
      EXPECT_TRUE(gatherer.take(message).ok());
  }

  Lsn known = 0;
  int records = 0;
  std::vector<std::string> told;  // of relations and the schema
  std::string log;
  ChangeRouter router{*this};
  ChangeGatherer gatherer;
};

std::string begin(Lsn lsn) {
  return Message('B').number(lsn, 8).number(0, 8).number(5, 4).bytes();
}
std::string commit(Lsn lsn) {
  return Message('C')
      .byte(0)
      .number(lsn, 8)
      .number(lsn + 10, 8)
      .number(0, 8)
      .bytes();
}
std::string insert(std::string_view id, std::string_view total) {
  return Message('I').number(7, 4).byte('N').tuple({id, total}).bytes();
}
std::string emitted(bool transactional, std::string_view prefix,
                    std::string_view content) {
  Message message('M');
  message.byte(transactional ? 1 : 0).number(100, 8).string(prefix);
  message.number(content.size(), 4);
  return message.bytes() + std::string(content);
}

TEST(ChangeGatherer, a_transaction_arrives_whole) {
  Pipe pipe;
  pipe.take({begin(100), orders().bytes(), insert("1", "9.5"), insert("2", "~"),
             commit(100)});
  EXPECT_EQ(pipe.log, "i 1 9.5; i 2 ; commit 110; committed 110; ");
  EXPECT_EQ(pipe.records, 1);
  // The relation is not described again by the server, but by the record.
  pipe.log.clear();
  pipe.take({begin(200), Message('T').number(1, 4).byte(0).number(7, 4).bytes(),
             commit(200)});
  EXPECT_EQ(pipe.log, "truncate; commit 210; committed 210; ");
}

TEST(ChangeGatherer, a_large_one_comes_in_parts) {
  Pipe pipe({.part = 20, .row = 1000, .transaction = 1000});
  pipe.take({begin(100), orders().bytes(), insert("1", "1"), insert("2", "2"),
             insert("3", "3"), commit(100)});
  EXPECT_EQ(pipe.log, "i 1 1; i 2 2; i 3 3; commit 110; committed 110; ");
  EXPECT_GT(pipe.records, 3);
}

TEST(ChangeGatherer, of_a_row_that_is_too_large_the_key_is_told) {
  Pipe pipe({.part = 1000, .row = 500, .transaction = 5000});
  pipe.take({begin(100), orders().bytes(), insert("1", std::string(600, '9')),
             commit(100)});
  EXPECT_EQ(pipe.log, "i 1 =; commit 110; committed 110; ");
}

TEST(ChangeGatherer, of_a_transaction_that_is_too_large_a_resync) {
  Pipe pipe({.part = 60, .row = 500, .transaction = 45});
  pipe.take({begin(100), orders().bytes(), insert("1", "1"), insert("2", "2"),
             insert("3", "3"), commit(100)});
  EXPECT_NE(pipe.log.find("resync; commit 110; committed 110; "),
            std::string::npos)
      << pipe.log;
  EXPECT_EQ(pipe.log.find("i 3"), std::string::npos);
}

TEST(ChangeGatherer, a_known_transaction_is_left_out) {
  Pipe pipe;
  pipe.known = 150;
  pipe.take({begin(100), orders().bytes(), insert("1", "1"), commit(100),
             begin(160), insert("2", "2"), commit(160)});
  EXPECT_EQ(pipe.log, "i 2 2; commit 170; committed 170; ");
}

TEST(ChangeGatherer, what_is_kept_hears_of_each_relation_once_and_of_schemas) {
  Pipe pipe;
  pipe.known = 150;
  pipe.take({begin(100), orders().bytes(), insert("1", "1"), commit(100),
             begin(160), insert("2", "2"), insert("3", "3"), commit(160),
             begin(170), emitted(true, "trestle.schema", ""), commit(170)});
  EXPECT_EQ(pipe.told, (std::vector<std::string>{"7 by 5", "schema by 5"}));
}

TEST(ChangeGatherer, pushes_follow_the_rows_of_their_transaction) {
  Pipe pipe;
  pipe.take({begin(100), emitted(true, "trestle:room:5", "{\"a\": 1}"),
             emitted(true, "others", "1"), orders().bytes(), insert("1", "1"),
             emitted(true, "trestle:bad", "\xff"),
             emitted(true, "trestle:", "1"), commit(100),
             emitted(false, "trestle:now", "2")});
  EXPECT_EQ(pipe.log,
            "i 1 1; commit 110; push room:5 {\"a\": 1}; push bad ; "
            "committed 110; push now 2; ");
}

}  // namespace
}  // namespace trestle::live
