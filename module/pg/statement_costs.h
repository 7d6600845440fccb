// What each statement has cost lately, by its name, over all connections of a
// pool: what is known to be cheap may share a connection with others.
//
// Names come without end where they are made from what clients send, and anew
// with every change of the schema. So one that has not run while a thousand
// others came is forgotten, and two thousand are known at most.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace trestle::pg {

class StatementCosts {
 public:
  // The running average in microseconds, or more while one runs that has been
  // noted as slow; nullopt: never seen to its end.
  [[nodiscard]] std::optional<std::uint32_t> average_us(
      const std::string& name) const;

  // A run of it took that long, which says more than what was noted before.
  // `cold`: it was parsed and planned in the same run, which tells little of
  // the next one.
  void record(const std::string& name, std::uint64_t elapsed_us, bool cold);

  // One that has not ended takes long: until a run ends, it costs so much.
  void note_slow(const std::string& name, std::uint64_t cost_us);

 private:
  struct Cost {
    std::uint32_t average = 0;
    std::uint32_t noted = 0;
  };
  using Costs = std::unordered_map<std::string, Cost>;

  // Null: not known. It belongs to those of late from here on. Valid until the
  // next call.
  [[nodiscard]] Cost* use(const std::string& name);
  void remember(const std::string& name, Cost cost);
  void make_room();

  Costs late_;
  Costs early_;  // what has not run since `late_` was begun
};

}  // namespace trestle::pg
