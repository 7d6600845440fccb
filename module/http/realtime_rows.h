// The row changes that a client of the realtime dialect asks for in one
// channel.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "http/row_feeds.h"

namespace trestle::http {

class RealtimeChannel;

// {"event", "schema", "table", "filter"}: the changes that a client asks for.
// Without a table, or with "*": of all tables of the schema that can be
// followed; those that the client may not read are left out.
class RowBinding final : private CatalogWaiter {
 public:
  RowBinding(RealtimeChannel& channel, int id, const rapidjson::Value& wish);
  ~RowBinding() override;

  void subscribe(const auth::Identity& identity);
  [[nodiscard]] bool is_ready() const;
  // As the client gave it, with its id.
  [[nodiscard]] std::string echo() const;

 private:
  // One table.
  class Table;

  [[nodiscard]] bool is_schema() const;
  void on_catalog(const catalog::CatalogRef& catalog,
                  const RunError* error) override;
  void follow_schema(const catalog::Catalog& catalog);
  void follow(const std::string& table);
  void on_table_ready();
  void on_table_refused(const Error& error);
  void on_resync();
  void tell(const std::string& table, const live::RowEvent& event);

  [[nodiscard]] CatalogRuntime& catalog() const;
  [[nodiscard]] std::string change_json(const std::string& table,
                                        const live::RowEvent& event) const;

  RealtimeChannel& channel_;
  int id_;
  std::string wish_;  // members of the client's object
  std::string event_;
  std::string schema_;
  std::string table_;
  std::string filter_;
  auth::Identity identity_;
  std::vector<std::unique_ptr<Table>> tables_;
  bool begun_ = false;  // all tables are known
};

}  // namespace trestle::http
