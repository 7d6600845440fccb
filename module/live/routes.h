// Which rows of a table a class of subscribers can see at all, as far as equal
// values of columns tell: policies such as (owner = <a claim>) and filters.
// Read from the plan of the class's own query, where PostgreSQL has put its
// policies in and functions of one SELECT in their place.
//
//  (1) Routes only say who need not be asked about a row; what is sent is still
//      read under the class's rights.
//  (2) A condition counts when it is necessary for the row to be seen: an
//      operand of the AND of the plan's only scan, or all operands of an OR.
//      Its other side must depend on settings alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/types.h"
#include "live/pgoutput.h"
#include "sql/row_sink.h"
#include "sql/statement.h"

namespace trestle::live {

struct RouteKey {
  std::string column;
  Oid type = 0;
  std::optional<std::string> value;  // nullopt: NULL, which nothing equals
  bool operator==(const RouteKey&) const = default;
};

class Routes {
 public:
  using All = std::vector<RouteKey>;  // hold together
  using Any = std::vector<All>;       // one of them holds

  Routes() = default;
  explicit Routes(std::vector<Any> conditions)
      : conditions_(std::move(conditions)) {}

  [[nodiscard]] bool empty() const { return conditions_.empty(); }
  // False: nobody of the class can see a row of these values.
  [[nodiscard]] bool may_see(const FeedRelation& relation,
                             std::span<const FeedCell> cells) const;
  bool operator==(const Routes&) const = default;

 private:
  std::vector<Any> conditions_;
};

class RouteReader {
 public:
  // `plan` is the answer of explain() (live/reads.h) for a read of `relation`
  // alone, which outlives this.
  RouteReader(const catalog::Relation& relation, std::string_view plan);

  [[nodiscard]] bool found() const { return !conditions_.empty(); }
  // Asks for the values of the other sides: one row.
  [[nodiscard]] Statement values() const;
  [[nodiscard]] Routes routes(std::span<const Cell> row) const;

 private:
  struct Key {
    const catalog::Column* column;
    std::string expression;
  };
  using All = std::vector<Key>;
  using Any = std::vector<All>;

  void read_condition(std::string_view text);
  [[nodiscard]] std::optional<Any> read_part(std::string_view text) const;
  [[nodiscard]] std::optional<Key> read_equality(std::string_view text) const;
  [[nodiscard]] const catalog::Column* column_of(std::string_view text) const;
  [[nodiscard]] bool is_settled(std::string_view expression) const;

  const catalog::Relation& relation_;
  std::string alias_;  // as the plan writes it
  std::vector<Any> conditions_;
};

// Whether a filter's text and a value of the log are the same; nullopt: they
// may be.
[[nodiscard]] std::optional<bool> is_equal(Oid type, std::string_view value,
                                           std::string_view wanted);
// The value of a column of that name; null: the change does not hold it.
[[nodiscard]] const FeedCell* find_cell(const FeedRelation& relation,
                                        std::span<const FeedCell> cells,
                                        std::string_view name);

}  // namespace trestle::live
