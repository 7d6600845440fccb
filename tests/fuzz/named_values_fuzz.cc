// Any bytes as a JSON body, a form, an Accept header and as the text of a
// database value: no crash and no read outside; what is taken from a JSON
// object as a number or a nested value is JSON again.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/json.h"
#include "encode/csv.h"
#include "encode/json_cell.h"
#include "frontend/named_values.h"
#include "query/media.h"

namespace {

using namespace trestle;  // NOLINT: one file, one program

void read_as_json(std::string_view text) {
  Result<NamedValues> values = NamedValues::from_json(text);
  if (!values.ok()) return;
  Result<rapidjson::Document> document = parse_json(text);
  for (const auto& member : std::as_const(*document).GetObject()) {
    const Param* value = values->find(json_text(member.name));
    if (value == nullptr) std::abort();
    // Of equal names the last counts, which may be of any kind.
    if (member.value.IsObject() && *value && (*value)->starts_with('{') &&
        document->MemberCount() == 1 && !parse_json(**value).ok())
      std::abort();
  }
}

void read_as_cell(std::string_view text) {
  std::string out, scratch;
  constexpr std::array<Oid, 10> kTypes = {16,   17,   22,   23,   30,
                                          1007, 1009, 1020, 1115, 1184};
  for (Oid type : kTypes)
    encode::append_json_cell(out, encode::column_type(type), text, scratch);
  encode::append_csv_row(out, std::array<Cell, 1>{text});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  text.shrink_to_fit();
  read_as_json(text);
  static_cast<void>(NamedValues::from_form(text));
  constexpr std::array kAll = {query::Format::json, query::Format::csv,
                               query::Format::ndjson};
  static_cast<void>(query::choose_format(text, kAll));
  read_as_cell(text);
  return 0;
}
