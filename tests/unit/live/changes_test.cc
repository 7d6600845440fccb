// What a router tells its sinks of the records that the feed writes.
#include "live/changes.h"

#include <gtest/gtest.h>

#include "base/wal_position.h"
#include "live/change_record.h"
#include "unit/live/pgoutput_messages.h"

namespace trestle::live {
namespace {

class Source final : public FeedSource {
 public:
  FeedStatus status() const override { return FeedStatus::running; }
  std::string problem() const override { return {}; }
  void want(Lsn lsn) override { wanted = lsn; }

  Lsn wanted = 0;
};

class Sink final : public ChangeSink {
 public:
  explicit Sink(ChangeRouter& router) : router_(router) {}
  ~Sink() { router_.unsubscribe(*this); }

  void on_row(const RowChange& change) override {
    log += change.kind == RowChange::Kind::insert ? "insert " : "change ";
    log += std::string(change.after[0].text) + "; ";
    if (leave_on_row) router_.unsubscribe(*this);
  }
  void on_truncate(const FeedRelation& relation) override {
    log += "truncate " + relation.name + "; ";
  }
  void on_commit(const CommitPoint& commit) override {
    log += "commit " + wal_position_text(commit.lsn) + "; ";
  }
  void on_resync(const CommitPoint&) override { log += "resync; "; }

  bool leave_on_row = false;
  std::string log;

 private:
  ChangeRouter& router_;
};

class Waiter final : public FeedWaiter {
 public:
  void on_feed_passed() override { passed++; }
  int passed = 0;
};

std::string record(std::initializer_list<std::string> messages,
                   bool last = true, Lsn lsn = 0x1600000A0) {
  ChangeRecord changes = {.last = last, .lsn = lsn, .relations = {7}};
  for (const std::string& message : messages) changes.add_message(message);
  return changes.encode();
}

std::string insert(std::string_view id) {
  return PgoutputMessage('I').number(7, 4).byte('N').tuple({id, "~"}).bytes();
}

TEST(Changes, a_sink_hears_of_its_relations_alone) {
  Source source;
  ChangeRouter router(source);
  Sink sink(router);
  Sink other(router);
  router.subscribe(7, sink);
  router.subscribe(7, sink);
  router.subscribe(8, other);
  EXPECT_TRUE(router.take(record({orders().bytes(), insert("1")}), {}));
  EXPECT_EQ(sink.log, "insert 1; commit 1/600000A0; ");
  EXPECT_EQ(other.log, "");
  router.unsubscribe(7, sink);
  EXPECT_TRUE(router.take(record({orders().bytes(), insert("2")}), {}));
  EXPECT_EQ(sink.log, "insert 1; commit 1/600000A0; ");
}

TEST(Changes, a_large_transaction_comes_in_parts_with_one_commit) {
  Source source;
  ChangeRouter router(source);
  Sink sink(router);
  router.subscribe(7, sink);
  const std::string truncate =
      PgoutputMessage('T').number(1, 4).byte(0).number(7, 4).bytes();
  EXPECT_TRUE(router.take(record({orders().bytes(), truncate}, false), {}));
  EXPECT_TRUE(router.take(record({orders().bytes(), insert("1")}), {}));
  EXPECT_EQ(sink.log, "truncate orders; insert 1; commit 1/600000A0; ");
}

TEST(Changes, what_was_too_large_or_missed_is_told_as_resync) {
  Source source;
  ChangeRouter router(source);
  Sink sink(router);
  router.subscribe(7, sink);
  ChangeRecord large = {
      .last = true, .left_out = true, .lsn = 1, .relations = {7, 9}};
  EXPECT_TRUE(router.take(large.encode(), {}));
  EXPECT_EQ(sink.log, "resync; commit 0/1; ");
  router.resync({});
  EXPECT_EQ(sink.log, "resync; commit 0/1; resync; ");
}

TEST(Changes, a_sink_may_leave_while_it_is_told) {
  Source source;
  ChangeRouter router(source);
  Sink first(router);
  Sink second(router);
  first.leave_on_row = true;
  router.subscribe(7, first);
  router.subscribe(7, second);
  EXPECT_TRUE(
      router.take(record({orders().bytes(), insert("1"), insert("2")}), {}));
  EXPECT_EQ(first.log, "insert 1; ");
  EXPECT_EQ(second.log, "insert 1; insert 2; commit 1/600000A0; ");
}

TEST(Changes, waiters_are_told_when_the_feed_is_behind_their_position) {
  Source source;
  ChangeRouter router(source);
  Waiter early;
  Waiter late;
  Waiter gone;
  router.wait_for(10, early);
  router.wait_for(20, late);
  router.wait_for(10, gone);
  EXPECT_EQ(source.wanted, 10u);
  router.forget(gone);
  router.pass(9);
  EXPECT_EQ(early.passed, 0);
  router.pass(10);
  EXPECT_EQ(early.passed, 1);
  EXPECT_EQ(late.passed, 0);
  router.pass(25);
  EXPECT_EQ(early.passed, 1);
  EXPECT_EQ(late.passed, 1);
  EXPECT_EQ(gone.passed, 0);
  EXPECT_EQ(router.position(), 25u);
}

TEST(Changes, tells_nothing_of_a_record_that_is_cut_off) {
  Source source;
  ChangeRouter router(source);
  Sink sink(router);
  router.subscribe(7, sink);
  const std::string good = record({orders().bytes(), insert("1")});
  for (std::size_t size = 0; size < good.size(); size++)
    static_cast<void>(router.take(std::string(good, 0, size), {}));
  EXPECT_EQ(sink.log, "");
  EXPECT_FALSE(router.take("", {}));
  EXPECT_FALSE(router.take(good.substr(0, good.size() - 1), {}));
}

TEST(Snapshot, sees_what_is_committed_and_not_what_runs) {
  struct Case {
    const char* snapshot;
    std::uint32_t xid;
    bool seen;
  };
  const Case cases[] = {
      {"10:20:12,15", 9, true},
      {"10:20:12,15", 11, true},
      {"10:20:12,15", 12, false},
      {"10:20:12,15", 15, false},
      {"10:20:12,15", 20, false},
      {"10:20:", 19, true},
      {"10:10:", 10, false},
      // Behind the turn of the 32 bits.
      {"4294967290:4294967310:4294967300", 4294967289, true},
      {"4294967290:4294967310:4294967300", 4, false},
      {"4294967290:4294967310:4294967300", 5, true},
      {"4294967290:4294967290:", 5, false},
  };
  for (const Case& c : cases)
    EXPECT_EQ(snapshot_sees(c.snapshot, c.xid), c.seen)
        << c.snapshot << " " << c.xid;
}

}  // namespace
}  // namespace trestle::live
