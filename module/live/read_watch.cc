#include "live/read_watch.h"

#include <algorithm>
#include <utility>

namespace trestle::live {

void ReadWatch::replace(std::unordered_map<Oid, Alternatives> relations) {
  for (const auto& [oid, keys] : relations_)
    if (!relations.contains(oid)) router_.unsubscribe(oid, *this);
  for (const auto& [oid, keys] : relations)
    if (!relations_.contains(oid)) router_.subscribe(oid, *this);
  relations_ = std::move(relations);
}

void ReadWatch::watch_everything(const catalog::Catalog& catalog) {
  using Kind = catalog::Relation::Kind;
  std::unordered_map<Oid, Alternatives> all;
  for (const catalog::Relation& relation : catalog.relations())
    if (relation.kind == Kind::table || relation.kind == Kind::partitioned)
      all[relation.oid].emplace_back();
  replace(std::move(all));
}

void ReadWatch::watch(const Reads& reads, const catalog::Catalog& catalog) {
  if (reads.everything) return watch_everything(catalog);
  std::unordered_map<Oid, Alternatives> relations;
  for (const TableRead& read : reads.tables) {
    const catalog::Relation* relation =
        catalog.relation(read.schema, read.name);
    if (relation == nullptr) return watch_everything(catalog);
    relations[relation->oid].push_back(read.keys);
  }
  replace(std::move(relations));
}

void ReadWatch::on_row(const RowChange& change) {
  if (touched_) return;
  auto found = relations_.find(change.relation.oid);
  touched_ = found != relations_.end() &&
             std::ranges::any_of(found->second, [&](const auto& keys) {
               return concerns(change, keys);
             });
}

void ReadWatch::on_truncate(const FeedRelation&) { touched_ = true; }

void ReadWatch::on_commit(const CommitPoint&) {
  if (std::exchange(touched_, false)) changed_();
}

void ReadWatch::on_resync(const CommitPoint&) {
  touched_ = false;
  changed_();
}

}  // namespace trestle::live
