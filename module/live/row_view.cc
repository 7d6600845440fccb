#include "live/row_view.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "encode/json_cell.h"

namespace trestle::live {
namespace {

// PostgreSQL's fixed OIDs.
constexpr Oid kBool = 16;
constexpr Oid kBpchar = 1042;

// The key as one text, for look-ups.
std::string name_of(const RowKey& key) {
  if (key.size() == 1) return key[0];
  std::string name;
  for (const std::string& value : key) {
    append_number(name, static_cast<std::int64_t>(value.size()));
    name.append(":").append(value);
  }
  return name;
}

// Rows of the log that wait to be shown.
constexpr std::size_t kMaxKept = 1024 * 1024;

// What the row is now; null: it is gone.
const std::string* row_of(const RowBatch& batch, const RowBatch::Item& item,
                          const ReadRows& rows) {
  if (item.kind == RowChange::Kind::erase) return nullptr;
  if (!batch.is_known()) return rows.find(item.key);
  return item.row.empty() ? nullptr : &item.row;
}

}  // namespace

std::vector<RowKey> RowBatch::keys_to_read() const {
  std::vector<RowKey> keys;
  for (const Item& item : items)
    if (item.kind != RowChange::Kind::erase) keys.push_back(item.key);
  return keys;
}

bool RowBatch::is_known() const {
  return std::ranges::all_of(items, &Item::known);
}

bool RowBatch::seen_by(std::string_view snapshot) const {
  return std::ranges::all_of(commits, [&](const CommitPoint& commit) {
    return commit.xid == 0 || snapshot_sees(snapshot, commit.xid);
  });
}

void ReadRows::add(const RowKey& key, std::string row) {
  rows_.insert_or_assign(name_of(key), std::move(row));
}

const std::string* ReadRows::find(const RowKey& key) const {
  auto found = rows_.find(name_of(key));
  return found == rows_.end() ? nullptr : &found->second;
}

RowView::RowView(const RowQuery& query, std::size_t max_keys)
    : query_(query), max_keys_(max_keys) {}

bool RowView::row_security() const { return query_.relation().row_security; }

// --- keys --------------------------------------------------------------------

std::string RowView::normal(std::size_t column, Cell text) const {
  const Oid type = query_.key()[column]->type;
  if (type == kBool) return text.starts_with('t') ? "t" : "f";
  if (type == kBpchar) {
    const std::size_t end = text.find_last_not_of(' ');
    return std::string(text.substr(0, end + 1));
  }
  return std::string(text);
}

RowKey RowView::key_of(const FeedRelation& relation,
                       std::span<const FeedCell> cells) const {
  RowKey key;
  const std::span<const catalog::Column* const> wanted = query_.key();
  for (std::size_t i = 0; i < wanted.size(); i++) {
    const FeedCell* cell = find_cell(relation, cells, wanted[i]->name);
    if (cell == nullptr || cell->kind != FeedCell::Kind::value) return {};
    key.push_back(normal(i, cell->text));
  }
  return key;
}

std::string RowView::key_json(const RowKey& key) const {
  std::string text;
  std::string scratch;
  JsonWriter json(text);
  json.begin_object();
  for (std::size_t i = 0; i < key.size(); i++) {
    std::string value;
    encode::append_json_cell(value, encode::column_type(query_.key()[i]->type),
                             key[i], scratch);
    json.key(query_.key()[i]->name).raw(value);
  }
  json.end_object();
  return text;
}

// --- gathering ---------------------------------------------------------------

bool RowView::is_known(const std::string& name) const {
  return seen_.contains(name) || reading_.contains(name) ||
         places_.contains(name) || told_names_.contains(name);
}

std::optional<bool> RowView::matches(const FeedRelation& relation,
                                     std::span<const FeedCell> cells) const {
  bool sure = query_.has_only_equalities();
  for (const RowEquality& equality : query_.equalities()) {
    const FeedCell* cell = find_cell(relation, cells, equality.column);
    if (cell == nullptr) {
      sure = false;
      continue;
    }
    const std::optional<bool> equal =
        cell->kind == FeedCell::Kind::null
            ? false
            : is_equal(equality.type, cell->text, equality.value);
    if (equal == false) return false;
    sure = sure && equal;
  }
  return sure ? std::optional(true) : std::nullopt;
}

// (1)
std::string RowView::shown(const FeedRelation& relation,
                           std::span<const FeedCell> cells) {
  const std::span<const std::string> names = query_.shown();
  if (row_security() || names.empty() || encoder_.size() != names.size() ||
      kept_bytes_ > kMaxKept)
    return {};
  cells_.clear();
  for (const std::string& name : names) {
    const FeedCell* cell = find_cell(relation, cells, name);
    if (cell == nullptr) return {};
    cells_.push_back(cell->kind == FeedCell::Kind::null ? Cell() : cell->text);
  }
  std::string row;
  encoder_.append_object(row, cells_);
  kept_bytes_ += row.size();
  return row;
}

void RowView::tell(const RowChange& change, RowKey key, RowChange::Kind kind) {
  using Kind = RowChange::Kind;
  RowBatch::Item item = {.key = std::move(key), .kind = kind};
  if (change.before_is_whole_row)
    item.old = shown(change.relation, change.before);
  item.known = kind == Kind::erase;
  if (!item.known && !row_security()) {
    const std::optional<bool> match = matches(change.relation, change.after);
    if (match == true) item.row = shown(change.relation, change.after);
    item.known = match == false || !item.row.empty();
  }
  told_names_.insert(name_of(item.key));
  told_.push_back(std::move(item));
}

void RowView::on_row(const RowChange& change) {
  using Kind = RowChange::Kind;
  RowKey before = key_of(change.relation, change.before);
  const bool knew =
      !before.empty() && (!remembers_ || is_known(name_of(before)));
  if (change.kind == Kind::erase) {
    if (before.empty()) told_unknown_ = true;
    if (knew) tell(change, std::move(before), Kind::erase);
    return;
  }
  RowKey after = key_of(change.relation, change.after);
  if (after.empty()) {
    told_unknown_ = true;
    return;
  }
  // A changed key: the row of the old one is gone.
  if (knew && before != after) tell(change, std::move(before), Kind::erase);
  // A row that is not among the remembered ones and whose new values do not
  // have what the filter asks for, or what rights ask for, is nothing to this
  // view.
  const bool new_to_us =
      (remembers_ || change.kind == Kind::insert) && !is_known(name_of(after));
  if (new_to_us && matches(change.relation, change.after) == false) return;
  if (new_to_us && !routes_.may_see(change.relation, change.after)) {
    routed_ = true;
    return;
  }
  tell(change, std::move(after), change.kind);
}

void RowView::on_truncate() {
  told_.clear();
  told_names_.clear();
  told_truncate_ = true;
}

bool RowView::on_commit(const CommitPoint& commit) {
  const bool concerned = !told_.empty() || told_truncate_ || told_unknown_;
  if (told_truncate_) {
    ready_ = {};
    places_.clear();
    ready_.truncated = true;
  }
  if (!told_.empty() || told_truncate_) ready_.commits.push_back(commit);
  for (RowBatch::Item& item : told_) add(std::move(item));
  overflowed_ = overflowed_ || told_unknown_ || ready_.items.size() > max_keys_;
  told_.clear();
  told_names_.clear();
  told_truncate_ = told_unknown_ = false;
  return concerned;
}

// The last change counts, at its place.
void RowView::add(RowBatch::Item item) {
  using Kind = RowChange::Kind;
  item.commit = ready_.commits.size() - 1;
  auto [place, fresh] =
      places_.try_emplace(name_of(item.key), ready_.items.size());
  if (!fresh) {
    RowBatch::Item& old = ready_.items[place->second];
    // Inserted and updated since the last read: still new.
    if (item.kind == Kind::update && old.kind == Kind::insert)
      item.kind = Kind::insert;
    // Whoever is told knows the row as it was before the first of them.
    if (!old.old.empty()) item.old = std::move(old.old);
    old.key.clear();  // no longer counts
    old.known = true;
    place->second = ready_.items.size();
  }
  ready_.items.push_back(std::move(item));
}

RowBatch RowView::take_batch() {
  RowBatch batch = std::move(ready_);
  ready_ = {};
  kept_bytes_ = 0;
  places_.clear();
  std::erase_if(batch.items,
                [](const RowBatch::Item& item) { return item.key.empty(); });
  for (const RowBatch::Item& item : batch.items)
    reading_.insert(name_of(item.key));
  return batch;
}

void RowView::forget() {
  seen_.clear();
  reading_.clear();
  told_.clear();
  told_names_.clear();
  told_truncate_ = told_unknown_ = overflowed_ = false;
  ready_ = {};
  kept_bytes_ = 0;
  places_.clear();
}

// --- what was read -----------------------------------------------------------

bool RowView::take_all(const std::vector<RowKey>& keys, const EventId& id) {
  last_id_ = id;
  remembers_ = keys.size() <= max_keys_;
  seen_.clear();
  if (!remembers_) return !row_security();
  for (const RowKey& key : keys) seen_.emplace(name_of(key), true);
  return true;
}

bool RowView::take_more(const std::vector<RowKey>& keys) {
  if (!remembers_) return !row_security();
  for (const RowKey& key : keys) seen_.try_emplace(name_of(key), false);
  return within_limit();
}

bool RowView::within_limit() {
  if (!remembers_ || seen_.size() <= max_keys_) return true;
  remembers_ = false;
  seen_.clear();
  return !row_security();
}

void RowView::take_gone(const RowBatch::Item& item, const EventId& id,
                        std::vector<RowEvent>& events) {
  const bool told = remembers_ ? seen_.erase(name_of(item.key)) != 0
                               : item.kind != RowChange::Kind::insert;
  if (!told) return;
  events.push_back({.op = RowEvent::Op::erase,
                    .row = {},
                    .key = item.old.empty() ? key_json(item.key) : item.old,
                    .id = id});
}

void RowView::take_found(const RowBatch::Item& item, const std::string& row,
                         const EventId& id, std::vector<RowEvent>& events) {
  bool fresh = item.kind == RowChange::Kind::insert;
  if (remembers_) {
    bool& told = seen_[name_of(item.key)];
    fresh = !told;
    told = true;
  }
  RowEvent event = {
      .op = RowEvent::Op::insert, .row = row, .key = {}, .id = id};
  if (!fresh) {
    event.op = RowEvent::Op::update;
    event.key = item.old.empty() ? key_json(item.key) : item.old;
  }
  events.push_back(std::move(event));
}

// The last event of a transaction carries its id, those before it the id of
// the transaction before: who has heard of a part only asks for it again.
bool RowView::take_read(const RowBatch& batch, const ReadRows& rows,
                        std::vector<RowEvent>& events) {
  reading_.clear();
  if (batch.truncated) {
    seen_.clear();
    events.push_back(
        {.op = RowEvent::Op::truncate, .row = {}, .key = {}, .id = last_id_});
  }
  for (std::size_t i = 0; i < batch.items.size(); i++) {
    const RowBatch::Item& item = batch.items[i];
    const std::string* row = row_of(batch, item, rows);
    const std::size_t before = events.size();
    if (row != nullptr)
      take_found(item, *row, last_id_, events);
    else
      take_gone(item, last_id_, events);
    const bool last =
        i + 1 == batch.items.size() || batch.items[i + 1].commit != item.commit;
    if (!last) continue;
    last_id_ = batch.commits[item.commit].id;
    if (events.size() > before) events.back().id = last_id_;
  }
  if (!batch.commits.empty()) last_id_ = batch.commits.back().id;
  return within_limit();
}

bool RowView::replay(const RowBatch& batch, const ReadRows& rows,
                     std::vector<RowEvent>& events) const {
  if (batch.truncated) return false;
  for (const RowBatch::Item& item : batch.items) {
    const std::string* row = row_of(batch, item, rows);
    if (row == nullptr && row_security()) return false;
    events.push_back(
        {.op = row != nullptr ? RowEvent::Op::update : RowEvent::Op::erase,
         .row = row != nullptr ? *row : std::string(),
         .key = key_json(item.key),
         .id = batch.commits[item.commit].id,
         .again = true});
  }
  return true;
}

}  // namespace trestle::live
