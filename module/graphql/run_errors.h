// What a client is told when the database refuses or cannot be asked.
#pragma once

#include "graphql/error.h"
#include "sql/row_sink.h"

namespace trestle::graphql {

struct RunFailure {
  GraphqlError error;
  int http_status = 200;  // 200: executed, and it failed
  bool executed = true;   // the answer has "data": null
};

// `path`: of the field whose statement failed.
[[nodiscard]] RunFailure describe(const RunError& error, std::string path,
                                  bool write);

}  // namespace trestle::graphql
