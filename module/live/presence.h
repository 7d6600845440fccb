// Who is present in one channel, as Phoenix tells it: entries under keys, each
// with what its client says of itself.
//
//   state  {"ann": {"metas": [{"phx_ref": "..", "mood": "good"}]}}
//   diff   {"joins": {...}, "leaves": {...}}
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace trestle::live {

class Presence {
 public:
  // `ref` names the entry and is unique; `meta` is a JSON object. Answers the
  // diffs to be told, none when nothing has changed. What has changed leaves
  // first: realtime-js loses track of an entry that is joined by its own
  // successor.
  [[nodiscard]] std::vector<std::string> track(std::string_view ref,
                                               std::string_view key,
                                               std::string_view meta);
  [[nodiscard]] std::vector<std::string> untrack(std::string_view ref);
  void clear() { entries_.clear(); }

  [[nodiscard]] std::string state() const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string key;
    std::string meta;  // with its phx_ref
  };

  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace trestle::live
