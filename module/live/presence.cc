#include "live/presence.h"

#include "base/json.h"
#include "base/text.h"

namespace trestle::live {
namespace {

constexpr std::string_view kPrefix = "\x01presence ";

// The object with a "phx_ref" in front of its own members.
std::string with_ref(std::string_view ref, std::string_view meta) {
  std::string text = "{\"phx_ref\":";
  append_json_string(text, ref);
  meta = trim(meta);
  if (!meta.starts_with('{')) return text + "}";
  meta.remove_prefix(1);
  if (!trim(meta).starts_with('}')) text += ',';
  return text.append(meta);
}

void append_entry(JsonWriter& json, std::string_view key,
                  std::string_view meta) {
  json.begin_object().key(key).begin_object().key("metas");
  json.begin_array().raw(meta).end_array().end_object().end_object();
}

std::string diff(std::string_view key, std::string_view joined,
                 std::string_view left) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  for (const auto& [name, meta] :
       {std::pair{"joins", joined}, std::pair{"leaves", left}}) {
    json.key(name);
    if (meta.empty())
      json.begin_object().end_object();
    else
      append_entry(json, key, meta);
  }
  json.end_object();
  return text;
}

}  // namespace

std::string presence_topic(std::string_view topic) {
  return concat({kPrefix, topic});
}

bool is_presence_topic(std::string_view topic) {
  return topic.starts_with(kPrefix);
}

std::string track_record(std::string_view ref, std::string_view key,
                         std::string_view meta, std::int64_t worker) {
  std::string record;
  JsonWriter json(record);
  json.begin_object().key("track").string(ref).key("key").string(key);
  json.key("meta").raw(meta).key("worker").number(worker).end_object();
  return record;
}

std::string untrack_record(std::string_view ref) {
  std::string record;
  JsonWriter json(record);
  json.begin_object().key("untrack").string(ref).end_object();
  return record;
}

std::string gone_record(std::int64_t worker) {
  std::string record;
  JsonWriter json(record);
  json.begin_object().key("gone").number(worker).end_object();
  return record;
}

// --- a change ----------------------------------------------------------------

std::vector<std::string> PresenceChange::phoenix_diffs() const {
  std::vector<std::string> diffs;
  if (!before.empty()) diffs.push_back(diff(key, {}, before));
  if (!after.empty()) diffs.push_back(diff(key, after, {}));
  return diffs;
}

std::string PresenceChange::plain_text(std::string_view topic) const {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("ch").string(topic);
  json.key(after.empty() ? "left" : "came").begin_object();
  json.key(ref).raw(meta).end_object().end_object();
  return text;
}

// --- all of them -------------------------------------------------------------

std::optional<PresenceChange> Presence::track(std::string_view ref,
                                              std::string_view key,
                                              std::string_view meta,
                                              std::int64_t worker) {
  if (meta.empty()) meta = "{}";
  auto found = entries_.find(ref);
  if (found == entries_.end()) {
    Entry& entry = entries_[std::string(ref)];
    entry = {.key = std::string(key),
             .meta = std::string(meta),
             .shown = with_ref(ref, meta),
             .worker = worker};
    return PresenceChange{.ref = std::string(ref),
                          .key = entry.key,
                          .before = {},
                          .after = entry.shown,
                          .meta = entry.meta};
  }
  Entry& entry = found->second;
  if (entry.meta == meta) return std::nullopt;
  // A new phx_ref for what is new: clients compare them.
  const std::string before = std::exchange(
      entry.shown,
      with_ref(concat({ref, "-", std::to_string(fnv1a(meta))}), meta));
  entry.meta = meta;
  return PresenceChange{.ref = std::string(ref),
                        .key = entry.key,
                        .before = before,
                        .after = entry.shown,
                        .meta = entry.meta};
}

std::optional<PresenceChange> Presence::untrack(std::string_view ref) {
  auto found = entries_.find(ref);
  if (found == entries_.end()) return std::nullopt;
  Entry gone = std::move(found->second);
  entries_.erase(found);
  return PresenceChange{.ref = std::string(ref),
                        .key = std::move(gone.key),
                        .before = std::move(gone.shown),
                        .after = {},
                        .meta = std::move(gone.meta)};
}

std::vector<PresenceChange> Presence::untrack_worker(std::int64_t worker) {
  std::vector<std::string> refs;
  for (const auto& [ref, entry] : entries_)
    if (entry.worker == worker) refs.push_back(ref);
  std::vector<PresenceChange> changes;
  for (const std::string& ref : refs)
    if (std::optional<PresenceChange> change = untrack(ref))
      changes.push_back(std::move(*change));
  return changes;
}

std::string Presence::phoenix_state() const {
  std::map<std::string_view, std::vector<std::string_view>> by_key;
  for (const auto& [ref, entry] : entries_)
    by_key[entry.key].push_back(entry.shown);
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  for (const auto& [key, metas] : by_key) {
    json.key(key).begin_object().key("metas").begin_array();
    for (std::string_view meta : metas) json.raw(meta);
    json.end_array().end_object();
  }
  json.end_object();
  return text;
}

std::string Presence::plain_state(std::string_view topic) const {
  std::string text;
  JsonWriter json(text);
  json.begin_object().key("ch").string(topic).key("here").begin_object();
  for (const auto& [ref, entry] : entries_) json.key(ref).raw(entry.meta);
  json.end_object().end_object();
  return text;
}

}  // namespace trestle::live
