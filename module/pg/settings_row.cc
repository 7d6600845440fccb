#include "pg/settings_row.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace trestle::pg {
namespace {

// A pool meets a handful; more only when names come from requests.
constexpr std::size_t kMaxShapes = 64;

bool is_plain(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '.';
  });
}

class RowText {
 public:
  void call(std::string_view text) {
    text_.append(text_.empty() ? "select " : ", ").append(text);
  }
  void set(std::string_view name, bool name_is_parameter) {
    call("set_config(");
    if (name_is_parameter)
      parameter();
    else
      text_.append("'").append(name).append("'");
    text_.append(", ");
    parameter();
    text_.append(", true)");
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void parameter() {
    text_.push_back('$');
    append_number(text_, ++parameters_);
  }

  std::string text_;
  std::int64_t parameters_ = 0;
};

std::string row_text(const SettingsShape& shape) {
  RowText row;
  if (shape.extras.unlock) row.call("pg_advisory_unlock_all()");
  for (std::size_t i = 0; i < shape.names.size(); i++)
    row.set(shape.names[i], shape.name_is_parameter[i]);
  if (shape.extras.timeout) row.set("statement_timeout", false);
  if (shape.extras.formats)
    row.call(
        "set_config('datestyle', 'ISO', true), "
        "set_config('intervalstyle', 'postgres', true), "
        "set_config('extra_float_digits', '1', true)");
  if (shape.extras.read_only)
    row.call("set_config('transaction_read_only', 'on', true)");
  return row.take();
}

}  // namespace

bool SettingsShape::matches(const Settings& settings,
                            const SettingsExtras& with) const {
  if (with != extras || settings.size() != names.size()) return false;
  for (std::size_t i = 0; i < names.size(); i++)
    if (settings[i].name != names[i]) return false;
  return true;
}

void SettingsShape::write_bind(WireWriter& out, std::string_view name,
                               const Settings& settings,
                               std::string_view timeout_ms) const {
  std::size_t parameters = settings.size() + (extras.timeout ? 1 : 0);
  for (const bool parameter : name_is_parameter) parameters += parameter;
  out.begin_bind(name, parameters);
  for (std::size_t i = 0; i < settings.size(); i++) {
    if (name_is_parameter[i]) out.value(settings[i].name);
    out.value(settings[i].value);
  }
  if (extras.timeout) out.value(timeout_ms);
  out.end_bind();
}

SettingsShapeRef SettingsRows::find(const Settings& settings,
                                    const SettingsExtras& extras) {
  if (last_ < shapes_.size() && shapes_[last_]->matches(settings, extras))
    return shapes_[last_];
  for (std::size_t i = 0; i < shapes_.size(); i++)
    if (shapes_[i]->matches(settings, extras)) {
      last_ = i;
      return shapes_[i];
    }

  auto shape = std::make_shared<SettingsShape>();
  shape->extras = extras;
  for (const Setting& setting : settings) {
    shape->names.push_back(setting.name);
    shape->name_is_parameter.push_back(!is_plain(setting.name));
  }
  shape->sql = make_sql(row_text(*shape));
  if (shapes_.size() >= kMaxShapes) shapes_.erase(shapes_.begin());
  shapes_.push_back(shape);
  last_ = shapes_.size() - 1;
  return shapes_.back();
}

}  // namespace trestle::pg
