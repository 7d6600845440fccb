// Rows as they are: those that a change returns, or those of a flat read, and
// their number beside them when that is asked for. The number comes in each
// row, so that both are of one moment; a page without rows still comes as one,
// whose mark is NULL.
#include "rest/sql.h"

namespace trestle::rest {

bool is_flat_counted(const RestPlan& plan) {
  using Count = Preferences::Count;
  return !plan.write &&
         (plan.count == Count::exact || plan.count == Count::estimated);
}

SqlWriter write_flat_change(const RestPlan& plan) {
  SqlWriter sql;
  write_change(sql, *plan.write);
  if (plan.format.kind == BodyFormat::Kind::none) return sql;
  sql.raw(" returning ");
  write_select_list(sql, plan.read);
  return sql;
}

SqlWriter write_flat(const RestPlan& plan) {
  SqlWriter sql;
  if (plan.call) {
    write_called(sql, *plan.call);
    sql.raw(" ");
  }
  auto write_rows = [&] {
    if (plan.nested)
      write_nested(sql, plan.read);
    else
      write_level(sql, plan.read, nullptr);
  };
  if (!is_flat_counted(plan)) {
    write_rows();
    return sql;
  }
  sql.raw("select ").ident("_trestle_c").raw(".").ident("total").raw(", ");
  sql.ident("_trestle_t").raw(".* from (");
  write_count(sql, plan);
  sql.raw(") as ").ident("_trestle_c").raw(" left join (select true as ");
  sql.ident("_trestle_here").raw(", ").ident("_trestle_p").raw(".* from (");
  write_rows();
  sql.raw(") as ").ident("_trestle_p").raw(") as ").ident("_trestle_t");
  sql.raw(" on true");
  return sql;
}

SqlWriter write_response_settings() {
  SqlWriter sql;
  sql.raw("select ");
  write_response_cells(sql);
  return sql;
}

}  // namespace trestle::rest
