// Tells when something has changed that a query has read: the query's reads on
// one side, a database's changes on the other.
#pragma once

#include <unordered_map>
#include <vector>

#include "base/callback.h"
#include "catalog/catalog.h"
#include "live/changes.h"
#include "live/reads.h"

namespace trestle::live {

class ReadWatch final : private ChangeSink {
 public:
  // `changed` is called for each transaction that may concern the query, and
  // after each gap; it may destroy the watch. `router` outlives it.
  ReadWatch(ChangeRouter& router, Callback changed)
      : router_(router), changed_(changed) {}
  ~ReadWatch() { router_.unsubscribe(*this); }
  ReadWatch(const ReadWatch&) = delete;
  ReadWatch& operator=(const ReadWatch&) = delete;

  // Every table of the catalog.
  void watch_everything(const catalog::Catalog& catalog);
  // These reads and no others. A table that the catalog does not have stands
  // for everything.
  void watch(const Reads& reads, const catalog::Catalog& catalog);

 private:
  // Of one relation: any of these sets of keys; an empty set is every row.
  using Alternatives = std::vector<std::vector<ReadKey>>;

  void on_row(const RowChange& change) override;
  void on_truncate(const FeedRelation& relation) override;
  void on_commit(const CommitPoint& commit) override;
  void on_resync(const CommitPoint& at) override;
  void replace(std::unordered_map<Oid, Alternatives> relations);

  ChangeRouter& router_;
  Callback changed_;
  std::unordered_map<Oid, Alternatives> relations_;
  bool touched_ = false;  // by the transaction being told
};

}  // namespace trestle::live
