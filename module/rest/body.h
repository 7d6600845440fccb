// Bodies of requests. JSON travels to PostgreSQL as it came, as one parameter;
// CSV and forms are turned into JSON first. Only the keys are looked at here.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "rest/media.h"
#include "sql/statement.h"

namespace trestle::rest {

struct Body {
  enum class Kind {
    none,
    json_object,
    json_array,  // of objects
    json_other,  // a scalar: only functions take it
    form,        // also as JSON in `text`
    raw,         // text, XML, bytes: for a single unnamed parameter
  };
  Kind kind = Kind::none;
  std::string text;               // JSON, or raw bytes
  std::vector<std::string> keys;  // of the first object, in its order
  // Of an object whose members are texts, numbers, booleans and nulls: their
  // texts, by key. Empty: some say more, or in a way that PostgreSQL judges.
  std::vector<Param> values;
  std::vector<int> value_slots;  // as `slot`; 0: NULL, or of this once
  // Pairs of a form, in order: repeated names make variadic arguments.
  std::vector<std::pair<std::string, std::string>> pairs;
  bool empty_array = false;
  int slot = 0;  // `text` is a parameter under that number; 0: of this once
};

// `all_keys`: objects of an array may differ, as columns= names what counts.
// Errors: PGRST102.
Result<Body> parse_json_body(std::string_view text, bool any_keys);
Result<Body> parse_csv_body(std::string_view text);
Result<Body> parse_form_body(std::string_view text);

}  // namespace trestle::rest
