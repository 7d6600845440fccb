// The main statement: one row that holds the body and what headers need.
#include "rest/sql.h"

namespace trestle::rest {
namespace {

using Format = BodyFormat::Kind;

constexpr std::string_view kRows = "_trestle_t";

// The name and text form of each column that json_agg sees.
void write_csv(SqlWriter& sql, const RestPlan& plan) {
  // The header line comes from the first row's keys; a record's text form
  // without its parentheses is its line.
  sql.raw(
      "(select coalesce(string_agg(k.name, ','), '') from (select "
      "json_object_keys(r.row) as name from (select row_to_json(t) as row "
      "from (");
  if (plan.call && plan.call->scalar)
    sql.raw("select * from ").ident("trestle_called");
  else
    write_level(sql, plan.read, nullptr);
  sql.raw(
         ") as t limit 1) as r) as k) || E'\\n' || coalesce(string_agg("
         "substring(")
      .ident(kRows)
      .raw("::text, 2, length(")
      .ident(kRows)
      .raw("::text) - 2), E'\\n'), '')");
}

void write_scalar(SqlWriter& sql, const RestPlan& plan) {
  if (plan.call->returns_void) {
    sql.raw("''");
    return;
  }
  sql.raw(plan.call->single ? Literal("coalesce((") : Literal("coalesce("));
  if (plan.format.strip_nulls) sql.raw("json_strip_nulls(");
  sql.raw("json_agg(").ident(kRows).raw(".").ident("trestle_scalar").raw(")");
  if (plan.format.strip_nulls) sql.raw(")");
  sql.raw(plan.call->single ? Literal("->0)::text, 'null')")
                            : Literal(", '[]')::text"));
}

void write_body(SqlWriter& sql, const RestPlan& plan) {
  const BodyFormat& format = plan.format;
  switch (format.kind) {
    case Format::none:
      sql.raw("''");
      return;
    case Format::json:
    case Format::object:
      sql.raw("coalesce(");
      if (format.kind == Format::object) sql.raw("(");
      if (format.strip_nulls) sql.raw("json_strip_nulls(");
      sql.raw("json_agg(").ident(kRows).raw(")");
      if (format.strip_nulls) sql.raw(")");
      sql.raw(format.kind == Format::object ? Literal("->0)::text, 'null')")
                                            : Literal(", '[]')::text"));
      return;
    case Format::csv:
      write_csv(sql, plan);
      return;
    case Format::ndjson:
      // A line feed in JSON is a blank.
      sql.raw("coalesce(string_agg(replace(row_to_json(").ident(kRows);
      sql.raw(")::text, E'\\n', ' ') || E'\\n', ''), '')");
      return;
    case Format::geojson:
      sql.raw(
             "json_build_object('type', 'FeatureCollection', 'features', "
             "coalesce(json_agg(st_asgeojson(")
          .ident(kRows)
          .raw(")::json), '[]'))::text");
      return;
    case Format::scalar:
      write_scalar(sql, plan);
      return;
    case Format::function_media:
      sql.raw("(array_agg(").ident(kRows).raw(".").ident("trestle_scalar");
      sql.raw("))[1]");
      return;
    case Format::handler:
      sql.qualified(format.handler_schema, format.handler).raw("(");
      sql.ident(kRows);
      if (format.handler_rows != nullptr)
        sql.raw("::").qualified(format.handler_rows->schema,
                                format.handler_rows->name);
      sql.raw(")");
      return;
  }
}

// Whether a level has a window, so that a page is not the whole.
bool has_window(const ReadNode& node) {
  return node.range.limit.has_value() || node.range.offset > 0;
}

void write_total(SqlWriter& sql, const RestPlan& plan) {
  using Count = Preferences::Count;
  bool counted = plan.count == Count::exact || plan.count == Count::estimated;
  if (!counted || plan.write) {
    sql.raw("null::bigint");
    return;
  }
  if (!has_window(plan.read) && plan.count == Count::exact) {
    sql.raw("count(*)");
    return;
  }
  sql.raw("(");
  write_count(sql, plan);
  sql.raw(")");
}

// An array of objects with one text each (PGRST111), and a status (PGRST112).
// What is not so is found by the statement itself, so that nothing of it holds.
// Control bytes are refused in a header, as escapes too.
constexpr std::string_view kHeadersPattern =
    R"(^\s*\[\s*(\{\s*)"
    R"("([^"\\[:cntrl:]]|\\["\\/]|\\u(?!00[01]|007[fF])[0-9a-fA-F]{4})+"\s*:\s*)"
    R"("([^"\\[:cntrl:]]|\\["\\/]|\\u(?!00[01]|007[fF])[0-9a-fA-F]{4})*"\s*)"
    R"(\}\s*(,\s*(?=\{)|(?=\])))*\]\s*$)";
constexpr std::string_view kStatusPattern = "^[2-5][0-9][0-9]$";

// When what If-Match or If-None-Match asks was not so.
void write_mismatch(SqlWriter& sql, const WritePlan& write) {
  if (!write.put) {
    sql.raw("count(*) = 0");
    return;
  }
  // An upsert tells by its counter whether the row was there.
  sql.raw("count(*) = 0 or coalesce(nullif(current_setting(");
  sql.raw("'trestle.inserted', true), ''), '0')::int ");
  bool is_absent = write.precondition->kind == Precondition::Kind::is_absent;
  sql.raw(is_absent ? Literal("= 0") : Literal("> 0"));
}

// NULL, or a failure that says `words` and the number of rows.
void write_check(SqlWriter& sql, const RestPlan& plan) {
  bool affects = plan.write || plan.call;
  bool conditional =
      plan.write && (plan.write->put || plan.write->precondition != nullptr);
  bool counts = plan.max_affected || (affects && plan.singular) || conditional;
  bool may_set = affects && !plan.quiet;
  if (!counts && !may_set) {
    sql.raw("null");
    return;
  }
  Literal joint = "case";
  auto fail_if = [&](auto&& condition, std::string_view words) {
    sql.raw(joint).raw(" when ");
    joint = "";
    condition();
    sql.raw(" then (").constant(words);
    sql.raw(" || count(*))::int");
  };
  if (plan.write && plan.write->precondition != nullptr)
    fail_if([&] { write_mismatch(sql, *plan.write); }, kCheckMatch);
  if (plan.write && plan.write->put)
    fail_if([&] { sql.raw("count(*) <> 1"); }, kCheckPut);
  else if (plan.singular)
    fail_if([&] { sql.raw("count(*) <> 1"); }, kCheckSingular);
  else if (plan.max_affected)
    fail_if([&] { sql.raw("count(*) > ").number(*plan.max_affected); },
            kCheckAffected);
  auto fail_unless_like = [&](Literal setting, std::string_view pattern,
                              std::string_view words) {
    fail_if(
        [&] {
          sql.raw("nullif(current_setting(").raw(setting);
          sql.raw(", true), '') !~ ").constant(pattern);
        },
        words);
  };
  if (may_set) {
    fail_unless_like("'response.headers'", kHeadersPattern, kCheckHeaders);
    fail_unless_like("'response.status'", kStatusPattern, kCheckStatus);
  }
  sql.raw(" end");
}

void write_rows(SqlWriter& sql, const RestPlan& plan) {
  if (plan.write && plan.format.kind == Format::none) {
    sql.ident("trestle_written");
  } else if (plan.call && plan.call->scalar) {
    sql.raw("(select * from ").ident("trestle_called");
    write_limit(sql, plan.read.range);
    sql.raw(")");
  } else {
    sql.raw("(");
    write_level(sql, plan.read, nullptr);
    sql.raw(")");
  }
  sql.raw(" as ").ident(kRows);
}

void write_explain(SqlWriter& sql, const MediaType::Plan& options) {
  sql.raw("explain (format ");
  sql.raw(options.json ? Literal("json") : Literal("text"));
  if (options.analyze) sql.raw(", analyze");
  if (options.verbose) sql.raw(", verbose");
  if (options.settings) sql.raw(", settings");
  if (options.buffers) sql.raw(", buffers");
  if (options.wal) sql.raw(", wal");
  sql.raw(") ");
}

}  // namespace

void write_count(SqlWriter& sql, const RestPlan& plan) {
  sql.raw("select count(*) as ").ident("total").raw(" from (");
  if (plan.call && plan.call->scalar) {
    sql.raw("select 1 from ").ident("trestle_called");
  } else if (plan.read.grouped() || plan.read.distinct) {
    ReadNode whole = plan.read;
    whole.range = {};
    write_level(sql, whole, nullptr);
  } else {
    write_existence(sql, plan.read, nullptr);
  }
  // Above the most that may be answered an estimate is enough.
  if (plan.count == Preferences::Count::estimated && plan.max_rows)
    sql.raw(" limit ").number(*plan.max_rows + 1);
  sql.raw(") as ").ident("_trestle_c");
}

void write_response_cells(SqlWriter& sql) {
  sql.raw(
      "nullif(current_setting('response.headers', true), ''), "
      "nullif(current_setting('response.status', true), '')");
}

SqlWriter write_main(const RestPlan& plan) {
  SqlWriter sql;
  if (plan.format.explain) write_explain(sql, plan.format.explain->plan);
  if (plan.write) write_written(sql, *plan.write);
  if (plan.call) write_called(sql, *plan.call);
  if (plan.write || plan.call) sql.raw(" ");
  sql.raw("select ");
  write_total(sql, plan);
  sql.raw(", count(*), ");
  write_body(sql, plan);
  sql.raw(", ");
  if (plan.quiet)
    sql.raw("null, null");
  else
    write_response_cells(sql);
  sql.raw(", ");
  if (plan.write && counts_inserted(*plan.write))
    sql.raw("nullif(current_setting('trestle.inserted', true), ''), ");
  else
    sql.raw("null, ");
  write_check(sql, plan);
  for (const std::string& column : plan.location_columns) {
    sql.raw(", (select ").ident(column).raw("::text from ");
    sql.ident("trestle_written").raw(" limit 1)");
  }
  if (!plan.asides.empty()) {
    sql.raw(", ");
    write_last_asides(sql, plan);
  }
  sql.raw(" from ");
  write_rows(sql, plan);
  return sql;
}

SqlWriter write_explained_count(const RestPlan& plan) {
  SqlWriter sql;
  sql.raw("explain (format json) ");
  write_existence(sql, plan.read, nullptr);
  return sql;
}

SqlWriter write_pre_request(std::string_view function) {
  SqlWriter sql;
  sql.raw("select ");
  std::size_t dot = function.find('.');
  if (dot == std::string_view::npos)
    sql.ident(function);
  else
    sql.qualified(function.substr(0, dot), function.substr(dot + 1));
  sql.raw("()");
  return sql;
}

}  // namespace trestle::rest
