// What a class of subscribers is told of changes, from what the log says and
// what was read.
#include "live/row_view.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace trestle::live {
namespace {

constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;

// select id, name from t where team = 7, of t (id int4, team int4, name text).
class Query final : public RowQuery {
 public:
  explicit Query(bool secured = false, bool only_equalities = true)
      : only_equalities_(only_equalities) {
    relation_.row_security = secured;
    relation_.columns.resize(1);
    relation_.columns[0].name = "id";
    relation_.columns[0].type = kInt4;
    key_ = {&relation_.columns[0]};
  }

  const catalog::Relation& relation() const override { return relation_; }
  std::span<const catalog::Column* const> key() const override { return key_; }
  std::span<const RowEquality> equalities() const override { return equal_; }
  bool has_only_equalities() const override { return only_equalities_; }
  std::span<const std::string> shown() const override { return shown_; }
  Statement all(std::size_t) const override { return {}; }
  Statement of_keys(std::span<const RowKey>) const override { return {}; }
  const Settings& settings() const override { return settings_; }
  Effects effects() const override { return Effects::clean; }

 private:
  catalog::Relation relation_;
  std::vector<const catalog::Column*> key_;
  std::vector<RowEquality> equal_ = {
      {.column = "team", .type = kInt4, .value = "7"}};
  std::vector<std::string> shown_ = {"id", "name"};
  Settings settings_;
  bool only_equalities_;
};

// A view and the log that it hears of.
class View {
 public:
  explicit View(const RowQuery& query, std::size_t max_keys = 100)
      : view(query, max_keys) {
    table_.oid = 1;
    table_.name = "t";
    table_.columns = {{.name = "id", .type = kInt4, .key = true},
                      {.name = "team", .type = kInt4},
                      {.name = "name", .type = kText}};
  }

  // Cells as "1,7,ann"; "=": unchanged, "~": null.
  void insert(std::string_view after) { change(Kind::insert, "", after); }
  void update(std::string_view after, std::string_view before = "") {
    change(Kind::update, before, after);
  }
  void erase(std::string_view before) { change(Kind::erase, before, ""); }
  void commit(std::uint32_t xid = 0) {
    view.on_commit({.lsn = 0, .xid = xid, .id = {1, ++position_}});
  }
  void know_columns() {
    const ResultColumn columns[] = {{"id", kInt4}, {"name", kText}};
    view.show_with(encode::JsonRows(columns));
  }
  // Takes the batch with these rows read; "insert {..}; delete {..}".
  std::string told(const ReadRows& rows = {}) {
    const RowBatch batch = view.take_batch();
    known = batch.is_known();
    std::vector<RowEvent> events;
    const bool good = view.take_read(batch, rows, events);
    std::string text;
    for (const RowEvent& event : events) {
      text += concat({text.empty() ? "" : "; ", op_name(event.op)});
      if (!event.row.empty()) text += " " + event.row;
      if (!event.key.empty()) text += " was " + event.key;
    }
    return good ? text : text + " too many";
  }

  bool known = false;  // the last batch
  RowView view;

 private:
  using Kind = RowChange::Kind;

  std::vector<FeedCell> cells(std::string_view text) {
    std::vector<FeedCell> row;
    if (text.empty()) return row;
    for (std::string_view cell : split(text, ',')) {
      using CellKind = FeedCell::Kind;
      row.push_back({.kind = cell == "="   ? CellKind::unchanged
                             : cell == "~" ? CellKind::null
                                           : CellKind::value,
                     .text = cell});
    }
    return row;
  }
  void change(Kind kind, std::string_view before, std::string_view after) {
    const std::vector<FeedCell> old = cells(before);
    const std::vector<FeedCell> now = cells(after);
    view.on_row({.kind = kind,
                 .relation = table_,
                 .before = old,
                 .before_is_whole_row =
                     old.size() == 3 && old[2].kind == FeedCell::Kind::value,
                 .after = now});
  }

  FeedRelation table_;
  std::uint64_t position_ = 0;
};

TEST(RowView, without_row_security_the_logs_rows_are_shown) {
  Query query;
  View of(query);
  of.know_columns();
  ASSERT_TRUE(of.view.take_all({}, {}));
  of.insert("1,7,ann");
  of.insert("2,8,bob");
  of.commit();
  EXPECT_TRUE(of.view.knows_batch());
  EXPECT_EQ(of.told(), R"(insert {"id":1,"name":"ann"})");
  of.update("1,7,~");
  of.commit();
  EXPECT_EQ(of.told(), R"(update {"id":1,"name":null} was {"id":1})");
  // Out of the filter, into it, gone.
  of.update("1,9,ann");
  of.update("2,7,bob");
  of.commit();
  EXPECT_EQ(of.told(), R"(delete was {"id":1}; insert {"id":2,"name":"bob"})");
  of.erase("2,~,~");
  of.erase("3,~,~");
  of.commit();
  EXPECT_EQ(of.told(), R"(delete was {"id":2})");
}

TEST(RowView, a_whole_old_row_is_shown_where_the_log_has_it) {
  Query query;
  View of(query);
  of.know_columns();
  ASSERT_TRUE(of.view.take_all({{"1"}}, {}));
  of.update("1,7,eve", "1,7,ann");
  of.commit();
  EXPECT_EQ(of.told(),
            R"(update {"id":1,"name":"eve"} was {"id":1,"name":"ann"})");
  // Two changes told as one: as it was before the first.
  of.update("1,7,fay", "1,7,eve");
  of.update("1,7,gil", "1,7,fay");
  of.commit();
  EXPECT_EQ(of.told(),
            R"(update {"id":1,"name":"gil"} was {"id":1,"name":"eve"})");
  of.erase("1,7,gil");
  of.commit();
  EXPECT_EQ(of.told(), R"(delete was {"id":1,"name":"gil"})");
}

TEST(RowView, what_the_log_does_not_say_is_read) {
  Query query;
  View of(query);
  // How rows are written is not known before the first were read.
  ASSERT_TRUE(of.view.take_all({}, {}));
  of.insert("1,7,ann");
  of.commit();
  ReadRows rows;
  rows.add({"1"}, R"({"id":1})");
  EXPECT_EQ(of.told(rows), R"(insert {"id":1})");
  EXPECT_FALSE(of.known);
  of.know_columns();
  of.update("1,7,=");
  of.commit();
  EXPECT_EQ(of.told(rows), R"(update {"id":1} was {"id":1})");
  EXPECT_FALSE(of.known);
  // A read that does not find it counts, whatever the log says of others.
  of.update("1,7,=");
  of.insert("2,7,bob");
  of.commit();
  EXPECT_EQ(of.told(), R"(delete was {"id":1})");
  Query open(false, false);
  View by_filter(open);
  by_filter.know_columns();
  ASSERT_TRUE(by_filter.view.take_all({}, {}));
  by_filter.insert("1,7,ann");
  by_filter.commit();
  EXPECT_FALSE(by_filter.view.knows_batch());
}

TEST(RowView, under_row_security_everything_is_read_and_a_delete_needs_a_key) {
  Query query(true);
  View of(query);
  of.know_columns();
  ASSERT_TRUE(of.view.take_all({{"1"}}, {}));
  of.insert("2,7,bob");
  of.update("1,7,eve", "1,7,ann");
  of.erase("3,7,cid");
  of.commit();
  EXPECT_FALSE(of.view.knows_batch());
  ReadRows rows;
  rows.add({"1"}, R"({"id":1,"name":"eve"})");
  EXPECT_EQ(of.told(rows), R"(update {"id":1,"name":"eve"} was {"id":1})");
  of.update("1,7,eve");
  of.commit();
  EXPECT_EQ(of.told(), R"(delete was {"id":1})");
  of.erase("1,7,~");
  of.commit();
  EXPECT_EQ(of.told(), "");
}

TEST(RowView, changes_between_two_reads_are_one) {
  Query query;
  View of(query);
  of.know_columns();
  ASSERT_TRUE(of.view.take_all({}, {}));
  of.insert("1,7,a");
  of.commit();
  of.update("1,7,b");
  of.commit();
  of.insert("2,7,c");
  of.erase("2,~,~");
  of.commit();
  EXPECT_EQ(of.told(), R"(insert {"id":1,"name":"b"})");
}

TEST(RowView, more_rows_than_it_may_remember_are_followed_without) {
  Query query;
  View of(query, 1);
  of.know_columns();
  ASSERT_TRUE(of.view.take_all({{"1"}, {"2"}}, {}));
  of.erase("5,~,~");
  of.commit();
  EXPECT_EQ(of.told(), R"(delete was {"id":5})");
  Query secured(true);
  View closed(secured, 1);
  EXPECT_FALSE(closed.view.take_all({{"1"}, {"2"}}, {}));
}

TEST(RowView, a_batch_knows_whether_a_snapshot_has_seen_it) {
  Query query;
  View of(query);
  ASSERT_TRUE(of.view.take_all({}, {}));
  of.insert("1,7,a");
  of.commit(12);
  const RowBatch batch = of.view.take_batch();
  EXPECT_TRUE(batch.seen_by("20:20:"));
  EXPECT_FALSE(batch.seen_by("10:20:12"));
}

TEST(RowView, a_key_that_is_not_told_makes_everything_void) {
  Query query;
  View of(query);
  ASSERT_TRUE(of.view.take_all({}, {}));
  of.erase("~,~,~");
  of.commit();
  EXPECT_TRUE(of.view.overflowed());
  of.view.forget();
  EXPECT_FALSE(of.view.overflowed());
  EXPECT_FALSE(of.view.has_batch());
}

}  // namespace
}  // namespace trestle::live
