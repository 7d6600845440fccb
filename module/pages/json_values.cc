#include "pages/json_values.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "base/text.h"

namespace trestle::pages {

namespace {

constexpr std::size_t kMaxDepth = 200;

// Builds values from RapidJSON's events, with an explicit stack.
class Builder {
 public:
  using Ch = char;

  explicit Builder(Arena& arena) : arena_(arena) {}

  bool Null() { return add(none()); }
  bool Bool(bool v) { return add(boolean(v)); }
  bool Int(int v) { return add(integer(v)); }
  bool Uint(unsigned v) { return add(integer(v)); }
  bool Int64(std::int64_t v) { return add(integer(v)); }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double v) { return add(real(v)); }
  bool RawNumber(const char* s, rapidjson::SizeType n, bool) {
    return add(number({s, n}));
  }
  bool String(const char* s, rapidjson::SizeType n, bool) {
    return add(string(arena_.copy({s, n})));
  }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    open_.back().key = string(arena_.copy({s, n}));
    return true;
  }
  bool StartObject() { return start(dict_of(arena_.make<Dict>())); }
  bool EndObject(rapidjson::SizeType) { return finish(); }
  bool StartArray() { return start(list_of(new_list(arena_))); }
  bool EndArray(rapidjson::SizeType) { return finish(); }

  [[nodiscard]] Value root() const { return root_; }

 private:
  struct Open {
    Value value;
    Value key;
  };

  bool start(Value v) {
    if (open_.size() == kMaxDepth) return false;
    open_.push_back({v, {}});
    return true;
  }
  bool finish() {
    Value v = open_.back().value;
    open_.pop_back();
    return add(v);
  }
  bool add(Value v) {
    if (open_.empty())
      root_ = v;
    else if (open_.back().value.is(Kind::list))
      open_.back().value.list->push(arena_, v);
    else
      open_.back().value.dict->set(arena_, open_.back().key, v);
    return true;
  }

  Value number(std::string_view text) {
    const char* end = text.data() + text.size();
    if (text.find_first_of(".eE") == std::string_view::npos) {
      std::int64_t i = 0;
      auto [stop, error] = std::from_chars(text.data(), end, i);
      if (error == std::errc()) return integer(i);
      Value big = string(arena_.copy(text));
      big.kind = Kind::bigint;
      return big;
    }
    return real(std::strtod(std::string(text).c_str(), nullptr));
  }

  Arena& arena_;
  std::vector<Open> open_;
  Value root_;
};

}  // namespace

Result<Value> parse_json_value(Arena& arena, std::string_view text) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream>
      input(stream);
  rapidjson::Reader reader;
  Builder builder(arena);
  rapidjson::ParseResult parsed = reader.Parse<kFlags>(input, builder);
  if (parsed) return builder.root();
  return Error{
      .code = "TRS101",
      .http_status = 400,
      .message = concat({"JSON: ", rapidjson::GetParseError_En(parsed.Code()),
                         " At byte ", std::to_string(parsed.Offset()), "."})};
}

Value json_value(Arena& arena, std::string_view text) {
  Result<Value> value = parse_json_value(arena, text);
  return value.ok() ? *value : string(text);
}

}  // namespace trestle::pages
