// What one worker remembers of the tables that a database's statements read,
// as long as its catalog is the same.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "catalog/catalog.h"
#include "catalog/table_reads.h"
#include "sql/statement.h"

namespace trestle::http {

class KnownReads {
 public:
  // By catalog::table_reads(). Valid until the next call.
  [[nodiscard]] const catalog::TableReads& of(
      const catalog::CatalogRef& catalog, const Sql& sql,
      std::string_view publication) {
    if (catalog_ != catalog || reads_.size() >= kMost) {
      catalog_ = catalog;
      reads_.clear();
    }
    const auto [found, is_new] = reads_.try_emplace(sql.text);
    if (is_new)
      found->second = catalog::table_reads(*catalog, sql, publication);
    return found->second;
  }

 private:
  static constexpr std::size_t kMost = 4'096;

  catalog::CatalogRef catalog_;
  std::unordered_map<std::string, catalog::TableReads> reads_;
};

}  // namespace trestle::http
