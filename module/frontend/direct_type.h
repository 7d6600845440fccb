// Which columns may be asked for as they are: the text form of their values
// says all that JSON needs. Others are asked for as to_json(column).
#pragma once

#include "sql/statement.h"

namespace trestle::catalog {
class Catalog;
}

namespace trestle {

// `type` may be a domain.
[[nodiscard]] bool is_direct(const catalog::Catalog& catalog, Oid type);

}  // namespace trestle
