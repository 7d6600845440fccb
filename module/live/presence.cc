#include "live/presence.h"

#include "base/json.h"
#include "base/text.h"

namespace trestle::live {
namespace {

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

std::vector<std::string> Presence::track(std::string_view ref,
                                         std::string_view key,
                                         std::string_view meta) {
  auto found = entries_.find(ref);
  if (found == entries_.end()) {
    Entry& entry = entries_[std::string(ref)];
    entry = {.key = std::string(key), .meta = with_ref(ref, meta)};
    return {diff(key, entry.meta, {})};
  }
  Entry& entry = found->second;
  // A new phx_ref for what is new: clients compare them.
  std::string again =
      with_ref(concat({ref, "-", std::to_string(fnv1a(meta))}), meta);
  if (entry.meta == again || entry.meta == with_ref(ref, meta)) return {};
  const std::string left = std::exchange(entry.meta, std::move(again));
  return {diff(entry.key, {}, left), diff(entry.key, entry.meta, {})};
}

std::vector<std::string> Presence::untrack(std::string_view ref) {
  auto found = entries_.find(ref);
  if (found == entries_.end()) return {};
  const Entry entry = std::move(found->second);
  entries_.erase(found);
  return {diff(entry.key, {}, entry.meta)};
}

std::string Presence::state() const {
  std::map<std::string_view, std::vector<std::string_view>> by_key;
  for (const auto& [ref, entry] : entries_)
    by_key[entry.key].push_back(entry.meta);
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

}  // namespace trestle::live
