#include "base/json.h"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace trestle {

namespace {

// The character behind the backslash, 'u' for \u00xx, 0 for no escape.
constexpr std::array<char, 256> json_escapes() {
  std::array<char, 256> table{};
  for (int c = 0; c < 0x20; c++) table[static_cast<std::size_t>(c)] = 'u';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}

constexpr std::array<char, 256> kEscapes = json_escapes();

// Forwards to the DOM builder and refuses what is nested too deeply: a document
// deeper than this would overflow the stack of whoever walks it recursively.
class DepthGuard {
 public:
  using Ch = char;

  DepthGuard(rapidjson::Document& document, std::size_t max_depth)
      : document_(document), max_depth_(max_depth) {}

  bool Null() { return document_.Null(); }
  bool Bool(bool v) { return document_.Bool(v); }
  bool Int(int v) { return document_.Int(v); }
  bool Uint(unsigned v) { return document_.Uint(v); }
  bool Int64(std::int64_t v) { return document_.Int64(v); }
  bool Uint64(std::uint64_t v) { return document_.Uint64(v); }
  bool Double(double v) { return document_.Double(v); }
  // Numbers come as text (their grammar has been checked) and are converted
  // here: RapidJSON's own exact conversion shifts by an undefined width on a
  // zero with an exponent (0e-222).
  bool RawNumber(const char* s, rapidjson::SizeType n, bool) {
    return number({s, n});
  }
  [[nodiscard]] bool has_huge_number() const { return has_huge_number_; }
  [[nodiscard]] bool has_half_pair() const { return has_half_pair_; }
  bool String(const char* s, rapidjson::SizeType n, bool copy) {
    return is_whole({s, n}) && document_.String(s, n, copy);
  }
  bool Key(const char* s, rapidjson::SizeType n, bool copy) {
    return is_whole({s, n}) && document_.Key(s, n, copy);
  }
  bool StartObject() { return deeper() && document_.StartObject(); }
  bool EndObject(rapidjson::SizeType n) {
    depth_--;
    return document_.EndObject(n);
  }
  bool StartArray() { return deeper() && document_.StartArray(); }
  bool EndArray(rapidjson::SizeType n) {
    depth_--;
    return document_.EndArray(n);
  }

 private:
  bool deeper() { return ++depth_ <= max_depth_; }

  // Half of a surrogate pair, as in "\udc00", is JSON by its grammar but no
  // text: it has no UTF-8 form. RapidJSON makes three bytes of it that cannot
  // come from anything else.
  bool is_whole(std::string_view text) {
    std::size_t at = text.find('\xed');
    for (; at < text.size(); at = text.find('\xed', at + 1))
      if (at + 1 < text.size() &&
          static_cast<unsigned char>(text[at + 1]) >= 0xa0) {
        has_half_pair_ = true;
        return false;
      }
    return true;
  }

  template <class T>
  static std::optional<T> convert(std::string_view text) {
    T value{};
    auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec != std::errc()) return std::nullopt;
    return value;
  }

  bool number(std::string_view text) {
    if (text.find_first_of(".eE") == std::string_view::npos) {
      if (auto value = convert<std::int64_t>(text))
        return document_.Int64(*value);
      if (auto value = convert<std::uint64_t>(text))
        return document_.Uint64(*value);
    }
    if (auto value = convert<double>(text)) return document_.Double(*value);
    // Out of range: too near to zero is zero, too far from it is an error.
    if (is_fraction(text)) return document_.Double(0.0);
    has_huge_number_ = true;
    return false;
  }

  // Of a number that no double can hold: whether it is a very small one.
  static bool is_fraction(std::string_view text) {
    return text.find("e-") != std::string_view::npos ||
           text.find("E-") != std::string_view::npos ||
           text.starts_with("0.") || text.starts_with("-0.");
  }

  rapidjson::Document& document_;
  std::size_t max_depth_;
  std::size_t depth_ = 0;
  bool has_half_pair_ = false;
  bool has_huge_number_ = false;
};

Error json_error(std::string message) {
  return {.code = "TRS101", .http_status = 400, .message = std::move(message)};
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  out.push_back('"');
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size(); i++) {
    auto byte = static_cast<unsigned char>(text[i]);
    char escape = kEscapes[byte];
    if (escape == 0) continue;
    out.append(text, done, i - done);
    done = i + 1;
    out.push_back('\\');
    out.push_back(escape);
    if (escape == 'u') {
      out.append("00");
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    }
  }
  out.append(text, done, text.size() - done);
  out.push_back('"');
}

void append_json_string_or_null(std::string& out,
                                const std::optional<std::string>& text) {
  if (text)
    append_json_string(out, *text);
  else
    out.append("null");
}

void append_number(std::string& out, std::int64_t value) {
  std::array<char, 24> digits;
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end.ptr);
}

void JsonWriter::separate() {
  if (comma_) out_.push_back(',');
  comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_.push_back(bracket);
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_.push_back(bracket);
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_.push_back(':');
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  separate();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::string_or_null(const std::optional<std::string>& text) {
  separate();
  append_json_string_or_null(out_, text);
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  return raw(value ? "true" : "false");
}

JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_.append(json);
  return *this;
}

Result<rapidjson::Document> parse_json(std::string_view text,
                                       const JsonLimits& limits) {
  if (text.size() > limits.max_bytes)
    return json_error(concat(
        {"JSON is longer than ", std::to_string(limits.max_bytes), " bytes"}));
  // RapidJSON takes a NUL byte as the end of its input and would accept what
  // follows it unread.
  if (text.find('\0') != std::string_view::npos)
    return json_error("JSON holds a NUL byte");
  rapidjson::Document document;
  rapidjson::MemoryStream memory(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream>
      stream(memory);
  rapidjson::Reader reader;
  rapidjson::ParseResult parsed;
  bool is_huge = false;
  bool has_half_pair = false;
  auto generate = [&](rapidjson::Document& handler) {
    DepthGuard guard(handler, limits.max_depth);
    constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                                rapidjson::kParseValidateEncodingFlag |
                                rapidjson::kParseNumbersAsStringsFlag;
    parsed = reader.Parse<kFlags>(stream, guard);
    is_huge = guard.has_huge_number();
    has_half_pair = guard.has_half_pair();
    return !parsed.IsError();
  };
  document.Populate(generate);
  if (!parsed.IsError()) return document;
  std::string offset = std::to_string(parsed.Offset());
  if (is_huge)
    return json_error(concat(
        {"Number too big to be stored in double. At byte ", offset, "."}));
  if (has_half_pair)
    return json_error(
        concat({"Half of a surrogate pair. At byte ", offset, "."}));
  if (parsed.Code() == rapidjson::kParseErrorTermination)
    return json_error(
        concat({"JSON is nested deeper than ", std::to_string(limits.max_depth),
                " levels at byte ", offset}));
  return json_error(concat(
      {rapidjson::GetParseError_En(parsed.Code()), " At byte ", offset, "."}));
}

void append_json(std::string& out, const rapidjson::Value& value) {
  switch (value.GetType()) {
    case rapidjson::kNullType:
      out.append("null");
      return;
    case rapidjson::kFalseType:
      out.append("false");
      return;
    case rapidjson::kTrueType:
      out.append("true");
      return;
    case rapidjson::kStringType:
      append_json_string(out, json_text(value));
      return;
    case rapidjson::kNumberType: {
      if (value.IsInt64()) {
        append_number(out, value.GetInt64());
      } else if (value.IsUint64()) {
        out.append(std::to_string(value.GetUint64()));
      } else if (value.GetDouble() == 0 && std::signbit(value.GetDouble())) {
        // "-0" would be read as an integer, which has no such zero.
        out.append("-0.0");
      } else {
        std::array<char, 32> digits;
        auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                 value.GetDouble());
        out.append(digits.data(), end.ptr);
      }
      return;
    }
    case rapidjson::kArrayType: {
      out.push_back('[');
      bool comma = false;
      for (const rapidjson::Value& item : value.GetArray()) {
        if (comma) out.push_back(',');
        comma = true;
        append_json(out, item);
      }
      out.push_back(']');
      return;
    }
    case rapidjson::kObjectType: {
      out.push_back('{');
      bool comma = false;
      for (const auto& member : value.GetObject()) {
        if (comma) out.push_back(',');
        comma = true;
        append_json_string(out, json_text(member.name));
        out.push_back(':');
        append_json(out, member.value);
      }
      out.push_back('}');
      return;
    }
  }
}

namespace {

// The text with U+FFFD for each byte that is not part of a character.
std::string only_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t length = 1;
    while (length <= 4 && !is_utf8(text.substr(0, length))) length++;
    if (length > 4) {
      append_utf8(out, 0xfffd);
      length = 1;
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace

// A message may repeat what a client has sent, be it UTF-8 or not.
std::string error_body(const Error& error) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.key("code").string(error.code);
  if (error.details && error.details_are_json)
    json.key("details").raw(*error.details);
  else
    json.key("details").string_or_null(error.details);
  json.key("hint").string_or_null(error.hint);
  json.key("message").string(error.message);
  json.end_object();
  return is_utf8(body) ? body : only_utf8(body);
}

}  // namespace trestle
