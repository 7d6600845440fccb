// Says why a host cannot be connected to, once a second at most: the retries of
// many workers would fill the log. What is left out is counted.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/text.h"
#include "pg/loop.h"

namespace trestle::pg {

class ConnectLog {
 public:
  // `database`: as the configuration names it.
  void note_failure(Loop& loop, std::string_view database,
                    std::string_view reason) {
    constexpr Milliseconds kInterval = 1'000;
    if (logged_at_ != 0 && loop.now() < logged_at_ + kInterval) {
      unlogged_++;
      return;
    }
    const std::string repeats =
        unlogged_ == 0 ? ""
                       : concat({" (and ", std::to_string(unlogged_),
                                 " more since the last message)"});
    loop.log(Loop::Level::error,
             concat({"database \"", database, "\": cannot connect: ", reason,
                     repeats}));
    logged_at_ = loop.now();
    unlogged_ = 0;
  }

 private:
  Milliseconds logged_at_ = 0;
  std::size_t unlogged_ = 0;
};

}  // namespace trestle::pg
