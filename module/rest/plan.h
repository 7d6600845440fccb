// The second stage: what a request means for this catalog. Everything is looked
// up and checked; writing it as SQL (sql.h) cannot fail. A plan borrows from
// the catalog and from the ApiRequest it was made of.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "rest/request.h"
#include "sql/statement.h"

namespace trestle::rest {

using catalog::Catalog;
using catalog::Function;
using catalog::Relation;
using catalog::Relationship;
using catalog::Representation;

// A field of a relation, or of rows whose columns the catalog does not know.
struct PlanField {
  std::string name;
  JsonPath path;
  Oid type = 0;          // 0: unknown
  bool to_json = false;  // the path leads into something that is no JSON yet
  // How the value looks outside; null: as it is.
  const Representation* shown_by = nullptr;
  // How a filter's text becomes a value; null: by PostgreSQL's inference.
  const Representation* read_by = nullptr;
};

struct SelectColumn {
  PlanField field;  // name "*": all columns; "": count() over rows
  std::string cast;
  Aggregate aggregate = Aggregate::none;
  std::string aggregate_cast;
  std::string output;  // the name in the result; empty: the field's own
  // Of a flat read: what PostgreSQL makes of the value. jsonb for what is
  // embedded, as json_agg(..)::jsonb would.
  enum class Form { text, json, jsonb };
  Form form = Form::text;
};

struct PlanFilter {
  const Filter* filter = nullptr;
  PlanField field;
  // The filter is about an embedded resource being there: its place among the
  // node's children, -1 for a field.
  int embed = -1;
  bool embed_is_null = false;
  bool is_vector = true;  // full text search: the field is a tsvector
};

struct PlanLogic {
  bool leaf = true;
  PlanFilter filter;
  bool negated = false;
  bool disjunction = false;
  std::vector<PlanLogic> children;
};

struct PlanOrder {
  const OrderTerm* term = nullptr;
  PlanField field;
  int embed = -1;  // order by a column of that child
  // By what is selected under that name, an aggregate or an alias, where the
  // relation has no such column.
  std::string output;
};

// A filter on an aggregate that is selected: HAVING.
struct PlanHaving {
  PlanFilter filter;
  std::size_t column = 0;  // its place among the node's columns
};

// A text that the answer needs of a row, beside what the body says of it: the
// value of a column, or the row's version (sql_row.cc) when no column is named.
struct Aside {
  std::string column;
};

// A column that pages by keys are ordered by, and where the page before ended.
struct PageKey {
  std::string column;
  bool descending = false;
  bool nulls_first = false;
  bool nullable = false;
  std::optional<std::string> value;
  int slot = 0;  // of the value; see QueryParameter::slot
};

// One level of a read: a relation, what is taken of it, and what is embedded.
struct ReadNode {
  const Relation* relation = nullptr;  // null: rows of an unknown shape
  // Where the rows come from: schema and name of a relation. Empty schema: a
  // WITH query of that name.
  std::string schema;
  std::string name;
  std::string alias;    // name of the rows inside this level
  std::string lateral;  // name of the level's result inside its parent
  std::string output;   // member of the parent's object
  const Relationship* via = nullptr;
  const SelectItem* item = nullptr;  // null: the root
  bool inner = false;
  bool spread = false;
  bool to_one = false;
  bool null_filtered = false;  // a filter of the parent asks for its presence
  // Of a nested read (plan_flat()): its columns come beside its parent's.
  bool joined = false;
  std::vector<SelectColumn> columns;
  std::vector<PlanField> star;  // what "*" stands for, when it is selected
  std::vector<PlanLogic> where;
  std::vector<PlanHaving> having;
  std::vector<PlanOrder> order;
  bool distinct = false;
  std::vector<std::string> distinct_on;  // columns; empty: whole rows
  Range range;
  std::vector<Aside> asides;   // of the root of a flat read
  std::vector<PageKey> after;  // of the root: its rows begin behind that row
  std::vector<ReadNode> children;

  // Some column is an aggregate: the others are grouped by.
  [[nodiscard]] bool grouped() const;
};

struct WriteColumn {
  const catalog::Column* column = nullptr;
  // How JSON becomes a value; null: by json_to_recordset.
  const Representation* read_by = nullptr;
};

// Rows of a related table that an insert's objects hold as a member: inserted
// after the rows that hold them, to which they then refer.
struct NestedInsert {
  const Relation* relation = nullptr;
  const Relationship* via = nullptr;  // from the rows that hold these
  std::string member;
  std::size_t parent = 0;  // 0: the request's own relation, else a place from 1
  std::vector<WriteColumn> columns;    // of the objects
  std::vector<std::string> returning;  // what the rows nested below refer to
};

struct WritePlan {
  enum class Kind { insert, update, remove };
  Kind kind = Kind::insert;
  const Relation* relation = nullptr;
  const Body* body = nullptr;
  std::vector<WriteColumn> columns;
  std::vector<PlanLogic> where;  // of update and remove; of PUT: of the payload
  std::vector<std::string> on_conflict;
  Preferences::Resolution resolution = Preferences::Resolution::none;
  bool missing_default = false;
  bool put = false;
  // Each column takes a parameter of its own from Body::values.
  bool by_member = false;
  // Of an update whose body's rows are each for one row of the relation: the
  // columns that tell which, none of which is set.
  std::vector<WriteColumn> match;
  // What If-Match and If-None-Match ask of the row; null: nothing.
  const Precondition* precondition = nullptr;
  // What the rest of the statement needs of the written rows. Empty: nothing.
  std::vector<std::string> returning;
  bool returning_all = false;
  std::vector<NestedInsert> nested;  // of an insert; parents come first
};

struct CallArgument {
  const catalog::Parameter* parameter = nullptr;
  std::vector<std::string> values;  // of GET and forms; several: variadic
};

struct CallPlan {
  const Function* function = nullptr;
  std::vector<CallArgument> arguments;
  const Body* body = nullptr;  // JSON by name; null: `arguments` hold values
  bool whole_body = false;     // one unnamed parameter takes it all
  bool scalar = false;         // the result is no row
  bool returns_void = false;
  // Scalar of a composite type or TABLE with names: columns known by name.
  bool single = false;  // one value or row, not a set
};

// How rows become a body.
struct BodyFormat {
  enum class Kind {
    json,    // array of rows
    object,  // one row
    csv,
    ndjson,  // a row a line
    geojson,
    scalar,          // a function's bare value
    handler,         // an aggregate of the database
    function_media,  // a function that answers a media type itself
    none,            // no body is asked for
  };
  Kind kind = Kind::json;
  bool strip_nulls = false;
  std::string handler_schema;
  std::string handler;
  const Relation* handler_rows = nullptr;  // its argument; null: any rows
  MediaType type;                          // what Content-Type says
  std::optional<MediaType> explain;        // the plan instead of the result
  // The body comes as jsonb: PostgREST sends its binary form, the format's
  // version in front.
  bool binary_json = false;
  bool bytes = false;  // the body comes as bytea
};

struct RestPlan {
  Action action = Action::read;
  ReadNode read;
  std::optional<WritePlan> write;
  std::optional<CallPlan> call;
  BodyFormat format;
  Preferences::Count count = Preferences::Count::none;
  std::optional<std::int64_t> max_rows;
  bool flat = false;    // rows come as columns; see plan_flat()
  bool nested = false;  // flat, with joined levels below the root
  // Nothing behind the statement sets response.headers or response.status.
  bool quiet = false;
  bool singular = false;  // PGRST116 unless exactly one row
  std::optional<std::int64_t> max_affected;
  std::vector<std::string> location_columns;  // of an insert
  std::vector<std::string> warnings;
  // Of a read: what is told of its last row. The version, then the page's keys.
  std::vector<Aside> asides;
  bool versioned = false;
  std::string page_order;  // the order's mark in cursors; empty: no pages
  std::shared_ptr<const Relation> described;  // rows of a function's own shape
  std::string isolation;                      // of the function or role
};

// --- entry points
// ---------------------------------------------------------------

struct PlanContext {
  const Catalog& catalog;
  const RestConfig& config;
  const ApiRequest& request;
  std::string_view role = {};  // who asks
};

Result<RestPlan> plan_request(const PlanContext& context);

// --- parts (one file each)
// -------------------------------------------------------

// plan_read.cc: the tree of levels below `root`, whose relation is set.
// `written`: the rows come from a write, root filters belong to it.
Result<void> plan_tree(const PlanContext& context, bool written, ReadNode& root,
                       RestPlan& plan);
Result<PlanLogic> plan_logic(const PlanContext& context, const ReadNode& node,
                             const LogicTree& tree);
PlanFilter plan_filter(const Catalog& catalog, const Relation* relation,
                       const Filter& filter);
PlanField plan_field(const Catalog& catalog, const Relation* relation,
                     const Field& field);

// plan_embed.cc: the relationship that an embedded resource names.
Result<const Relationship*> find_relationship(const PlanContext& context,
                                              const Relation* from,
                                              std::string_view from_name,
                                              const SelectItem& item);

// plan_page.cc: after=, and the version that an ETag tells, of a planned read.
Result<void> plan_page(const PlanContext& context, RestPlan& plan);
void plan_version(const PlanContext& context, RestPlan& plan);

// plan_write.cc
Result<WritePlan> plan_write(const PlanContext& context,
                             const Relation& relation);
// plan_nested_insert.cc: of an insert of JSON with members that are no columns.
Result<void> plan_nested_insert(const PlanContext& context, WritePlan& write);
// Adds what the read part needs to `returning`.
void add_returning(const ReadNode& root, WritePlan& write);

// plan_call.cc
Result<CallPlan> plan_call(const PlanContext& context);

// plan_flat.cc: makes the plan flat where that can be: rows come as columns and
// become a body here, which costs PostgreSQL a quarter. Embedded resources are
// joined, columns beside columns: those of one row, and one of many rows below
// the root; others are made by PostgreSQL and come as one column of JSON.
void plan_flat(const Catalog& catalog, Access access, RestPlan& plan);
// The same of a change whose answer is what it returns, or only how many rows:
// one that is not ordered, limited or checked. Holds only where nothing behind
// it sets response.headers or response.status, which is for the caller to know.
void plan_flat_change(const Catalog& catalog, RestPlan& plan);

// plan_format.cc: PGRST107 when nothing that is acceptable can be made.
Result<BodyFormat> plan_format(const PlanContext& context,
                               const RestPlan& plan);

}  // namespace trestle::rest
