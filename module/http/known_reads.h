// What one worker remembers of the tables that a database's statements read,
// as long as its catalog is the same.
#pragma once

#include <string_view>

#include "base/lru_cache.h"
#include "catalog/catalog.h"
#include "frontend/kept_until.h"

namespace trestle::http {

class KnownReads final : public ReadsSource {
 public:
  // From here on by that catalog; `publication` is the database's, always.
  [[nodiscard]] KnownReads& by(const catalog::CatalogRef& catalog,
                               std::string_view publication) {
    if (catalog_ != catalog) {
      catalog_ = catalog;
      reads_.clear();
    }
    publication_ = publication;
    return *this;
  }

  // Valid until the next call.
  [[nodiscard]] const catalog::TableReads& of(const Sql& sql) override {
    if (const catalog::TableReads* known = reads_.find(sql.text)) return *known;
    last_ = catalog::table_reads(*catalog_, sql, publication_);
    reads_.put(sql.text, last_,
               last_.tables.size() * sizeof(Oid) + last_.problem.size());
    return last_;
  }

 private:
  static constexpr std::size_t kMostBytes = 4 * 1024 * 1024;

  catalog::CatalogRef catalog_;
  std::string_view publication_;  // the configuration's
  LruCache<catalog::TableReads> reads_{kMostBytes};
  catalog::TableReads last_;  // too large a one is not kept
};

}  // namespace trestle::http
