// JSON into Values: RapidJSON's iterative parser with a handler of ours, since
// its documents would round numbers.
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include "base/text.h"
#include "graphql/variables.h"

namespace trestle::graphql {
namespace {

class ValueHandler {
 public:
  using Ch = char;

  ValueHandler(Arena& arena, std::size_t max_depth)
      : arena_(arena), max_depth_(max_depth) {}

  bool Null() { return scalar(ValueKind::null, "null"); }
  bool Bool(bool b) { return scalar(ValueKind::boolean, b ? "true" : "false"); }
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    std::string_view digits(text, size);
    bool whole = digits.find_first_of(".eE") == std::string_view::npos;
    return scalar(whole ? ValueKind::integer : ValueKind::floating,
                  arena_.copy(digits));
  }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    return scalar(ValueKind::string, arena_.copy({text, size}));
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    stack_.back().key = arena_.copy({text, size});
    return true;
  }
  bool StartObject() { return open(); }
  bool StartArray() { return open(); }
  bool EndObject(rapidjson::SizeType) {
    Value value{.kind = ValueKind::object,
                .members = arena_.copy(stack_.back().members)};
    stack_.pop_back();
    return place(value);
  }
  bool EndArray(rapidjson::SizeType) {
    Value value{.kind = ValueKind::list,
                .items = arena_.copy(stack_.back().items)};
    stack_.pop_back();
    return place(value);
  }

  [[nodiscard]] const Value& result() const { return result_; }

 private:
  struct Level {
    std::string_view key = {};
    std::vector<Value> items = {};
    std::vector<ObjectField> members = {};
  };

  bool open() {
    stack_.emplace_back();
    return stack_.size() <= max_depth_;
  }
  bool scalar(ValueKind kind, std::string_view text) {
    return place(Value{.kind = kind, .text = text});
  }
  bool place(const Value& value) {
    if (stack_.empty()) {
      result_ = value;
      return true;
    }
    Level& level = stack_.back();
    if (level.key.data() == nullptr) {
      level.items.push_back(value);
    } else {
      level.members.push_back({.name = level.key, .value = value});
    }
    return true;
  }

  Arena& arena_;
  std::size_t max_depth_;
  std::vector<Level> stack_;
  Value result_;
};

}  // namespace

Outcome<Value> parse_json_value(std::string_view text, Arena& arena,
                                std::size_t max_depth) {
  ValueHandler handler(arena, max_depth);
  rapidjson::MemoryStream bytes(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream>
      stream(bytes);
  rapidjson::Reader reader;
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                              rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::ParseResult result = reader.Parse<kFlags>(stream, handler);
  if (!result)
    return GraphqlError{
        .message =
            concat({"invalid JSON at byte ", std::to_string(result.Offset()),
                    ": ", rapidjson::GetParseError_En(result.Code())}),
        .code = code::kBadRequest};
  return handler.result();
}

}  // namespace trestle::graphql
