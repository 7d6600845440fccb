// The statement in front of a group that sets what the request needs: role,
// claims, request facts, time-out. All settings are one prepared
// `select set_config(...), ...`, one statement per combination of names, so
// that nothing is parsed twice; they end with the transaction.
#pragma once

#include <string>
#include <vector>

#include "pg/wire_writer.h"
#include "sql/statement.h"

namespace trestle::pg {

// What is set besides a request's own settings.
struct SettingsExtras {
  bool unlock = false;     // give up advisory locks an earlier run has kept
  bool read_only = false;  // transaction_read_only
  bool timeout = false;    // statement_timeout differs from the connection's
  bool formats = false;    // no startup options: set them each time

  bool operator==(const SettingsExtras&) const = default;
  [[nodiscard]] bool any() const {
    return unlock || read_only || timeout || formats;
  }
};

// One combination of names. Values are parameters; so is a name with unusual
// characters.
struct SettingsShape {
  std::vector<std::string> names;
  std::vector<bool> name_is_parameter;
  SettingsExtras extras;
  SqlRef sql;

  [[nodiscard]] bool matches(const Settings& settings,
                             const SettingsExtras& with) const;
  // The values of one request in the statement's order.
  void write_bind(WireWriter& out, std::string_view name,
                  const Settings& settings, std::string_view timeout_ms) const;
};

using SettingsShapeRef = std::shared_ptr<const SettingsShape>;

class SettingsRows {
 public:
  [[nodiscard]] SettingsShapeRef find(const Settings& settings,
                                      const SettingsExtras& extras);

 private:
  std::vector<SettingsShapeRef> shapes_;
  std::size_t last_ = 0;  // found by the last call
};

}  // namespace trestle::pg
