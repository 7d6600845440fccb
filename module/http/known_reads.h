// What one worker remembers of the tables that a database's statements read,
// as long as its catalog is the same.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "catalog/catalog.h"
#include "frontend/kept_until.h"

namespace trestle::http {

class KnownReads final : public ReadsSource {
 public:
  // From here on by that catalog; `publication` is the database's, always.
  [[nodiscard]] KnownReads& by(const catalog::CatalogRef& catalog,
                               std::string_view publication) {
    if (catalog_ != catalog || reads_.size() >= kMost) {
      catalog_ = catalog;
      reads_.clear();
    }
    publication_ = publication;
    return *this;
  }

  [[nodiscard]] const catalog::TableReads& of(const Sql& sql) override {
    const auto [found, is_new] = reads_.try_emplace(sql.text);
    if (is_new)
      found->second = catalog::table_reads(*catalog_, sql, publication_);
    return found->second;
  }

 private:
  static constexpr std::size_t kMost = 4'096;

  catalog::CatalogRef catalog_;
  std::string_view publication_;  // the configuration's
  std::unordered_map<std::string, catalog::TableReads> reads_;
};

}  // namespace trestle::http
