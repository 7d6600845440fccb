#include "sql/effects_oracle.h"

#include "base/text.h"
#include "sql/harmless.h"

namespace trestle {

Verdict Verdict::clean() {
  return {.effects = Effects::clean, .uses_path = false};
}

Verdict Verdict::unknown(std::initializer_list<std::string_view> reason) {
  return {.effects = Effects::unknown, .reason = concat(reason)};
}

void Verdict::take(Verdict other) {
  const bool any_uses_path = uses_path || other.uses_path;
  if (other.effects > effects) *this = std::move(other);
  uses_path = any_uses_path;
}

Verdict EffectsOracle::relation(std::string_view schema, std::string_view name,
                                Access access) const {
  static_cast<void>(schema);
  static_cast<void>(access);
  return Verdict::unknown({"relation ", name, " (no catalog)"});
}

Verdict EffectsOracle::function(std::string_view schema,
                                std::string_view name) const {
  if (!harmless_function(schema, name))
    return Verdict::unknown({"function ", name, "()"});
  Verdict verdict = Verdict::clean();
  verdict.uses_path = finds_names(name);
  return verdict;
}

Verdict EffectsOracle::type(std::string_view schema,
                            std::string_view name) const {
  if (harmless_type(schema, name)) return Verdict::clean();
  return Verdict::unknown({"type ", name});
}

Verdict EffectsOracle::operation(std::string_view schema,
                                 std::string_view name) const {
  if (harmless_operator(schema, name)) return Verdict::clean();
  return Verdict::unknown({"operator ", name});
}

Verdict EffectsOracle::column(std::string_view name) const {
  static_cast<void>(name);
  return Verdict::clean();
}

void EffectsOracle::add_rows_of_function(std::string_view schema,
                                         std::string_view name,
                                         std::vector<Oid>& relations) const {
  static_cast<void>(schema);
  static_cast<void>(name);
  static_cast<void>(relations);
}

void EffectsOracle::add_rows_of_type(std::string_view schema,
                                     std::string_view name,
                                     std::vector<Oid>& relations) const {
  static_cast<void>(schema);
  static_cast<void>(name);
  static_cast<void>(relations);
}

}  // namespace trestle
