#include "pg/run_error.h"

#include <new>

#include "pg/wire_reader.h"

namespace trestle::pg {
namespace {

std::string_view words_for(RunError::Kind kind) {
  switch (kind) {
    case RunError::Kind::unavailable:
      return "The database is not available";
    case RunError::Kind::overload:
      return "Too many requests are waiting for the database";
    case RunError::Kind::lost:
      return "The connection to the database was lost";
    case RunError::Kind::timeout:
      return "The database did not answer in time";
    case RunError::Kind::canceled:
      return "The request was canceled";
    case RunError::Kind::database:
      break;
  }
  return "The database refused the request";
}

}  // namespace

ServerReport read_report(std::string_view body) {
  ServerReport report;
  RunError& error = report.error;
  std::string_view routine;
  FieldReader fields(body);
  for (char code = fields.byte(); code != '\0' && fields.ok();
       code = fields.byte()) {
    const std::string_view value = fields.text();
    switch (code) {
      case 'V':  // severity, never translated
        report.fatal = value == "FATAL" || value == "PANIC";
        break;
      case 'C':
        error.sqlstate = value;
        break;
      case 'M':
        error.message = value;
        break;
      case 'D':
        error.detail = value;
        break;
      case 'H':
        error.hint = value;
        break;
      case 't':
        error.table = value;
        break;
      case 'c':
        error.column = value;
        break;
      case 'n':
        error.constraint = value;
        break;
      case 'R':
        routine = value;
        break;
      default:
        break;
    }
  }
  // "cached plan must not change result type" shares its code with much else
  // and is translated; the routine that raises it is neither.
  report.stale_plan =
      error.sqlstate == "26000" ||
      (error.sqlstate == "0A000" && routine == "RevalidateCachedQuery");
  return report;
}

RunError own_error(RunError::Kind kind) noexcept {
  RunError error;
  error.kind = kind;
  try {
    error.message = words_for(kind);
  } catch (const std::bad_alloc&) {
    // The kind says it all.
  }
  return error;
}

}  // namespace trestle::pg
