// What each statement has cost lately, by its name, over all connections of a
// pool: what is known to be cheap may share a connection with others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace trestle::pg {

class StatementCosts {
 public:
  // The running average in microseconds; nullopt: never seen to its end.
  [[nodiscard]] std::optional<std::uint32_t> average_us(
      const std::string& name) const;

  // A run of it took that long. `cold`: it was parsed and planned in the same
  // run, which tells little of the next one.
  void record(const std::string& name, std::uint64_t elapsed_us, bool cold);

  // A run of it takes too long to average out: it costs so much at least.
  void note_slow(const std::string& name, std::uint64_t cost_us);

 private:
  void remember(const std::string& name, std::uint32_t sample);

  std::unordered_map<std::string, std::uint32_t> averages_;
};

}  // namespace trestle::pg
