// Who is present in one channel: entries that clients have made of themselves,
// each under a ref of its own. Two dialects tell of it: Phoenix by keys under
// which entries gather, the plain one by the refs.
//
//   Phoenix  state  {"ann": {"metas": [{"phx_ref": "..", "mood": "good"}]}}
//            diff   {"joins": {...}, "leaves": {...}}
//   plain    {"ch":"room:5","here":{"<ref>":{"mood":"good"}}}
//            {"ch":"room:5","came":{...}}   {"ch":"room:5","left":{...}}
//
// Workers tell each other by records on a channel of its own beside the one
// that it is about:
//
//   {"track":ref,"key","meta","worker"}   present, or still present
//   {"untrack":ref}
//   {"who":1}                             a worker has its first member: all
//                                         tell
//   {"gone":worker}                       a worker has died, and its entries
//                                         with it
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trestle::live {

// The channel of those records; no client can join it.
[[nodiscard]] std::string presence_topic(std::string_view topic);
[[nodiscard]] bool is_presence_topic(std::string_view topic);

// `meta` is a JSON object.
[[nodiscard]] std::string track_record(std::string_view ref,
                                       std::string_view key,
                                       std::string_view meta,
                                       std::int64_t worker);
[[nodiscard]] std::string untrack_record(std::string_view ref);
[[nodiscard]] std::string gone_record(std::int64_t worker);
inline constexpr std::string_view kWhoRecord = R"({"who":1})";

// One entry, before and after; an empty meta: it is not there.
struct PresenceChange {
  std::string ref;
  std::string key;
  std::string before;  // with its phx_ref
  std::string after;   // likewise
  std::string meta;    // as the client said it, the last time

  // In order. What has changed leaves first: realtime-js loses track of an
  // entry that is joined by its own successor.
  [[nodiscard]] std::vector<std::string> phoenix_diffs() const;
  [[nodiscard]] std::string plain_text(std::string_view topic) const;
};

class Presence {
 public:
  // `ref` names the entry and is unique; `worker` is where its client is
  // connected. nullopt: nothing has changed.
  [[nodiscard]] std::optional<PresenceChange> track(std::string_view ref,
                                                    std::string_view key,
                                                    std::string_view meta,
                                                    std::int64_t worker);
  [[nodiscard]] std::optional<PresenceChange> untrack(std::string_view ref);
  // All entries of a worker that has died.
  [[nodiscard]] std::vector<PresenceChange> untrack_worker(std::int64_t worker);
  void clear() { entries_.clear(); }

  [[nodiscard]] std::string phoenix_state() const;
  [[nodiscard]] std::string plain_state(std::string_view topic) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    std::string meta;
    std::string shown;  // with its phx_ref
    std::int64_t worker = 0;
  };

  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace trestle::live
