#include "rest/body_values.h"

#include <rapidjson/encodedstream.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <utility>

namespace trestle::rest {
namespace {

// Stops at the first value inside of a member.
class MemberReader
    : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, MemberReader> {
 public:
  explicit MemberReader(const std::vector<std::string>& keys)
      : keys_(keys), values_(keys.size()) {}

  bool Default() { return false; }
  bool StartObject() { return !std::exchange(inside_, true); }
  bool EndObject(rapidjson::SizeType) { return true; }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    auto key = std::find(keys_.begin(), keys_.end(), std::string_view(s, n));
    at_ = static_cast<std::size_t>(key - keys_.begin());
    return at_ < values_.size();
  }
  bool Null() { return take(std::nullopt); }
  bool Bool(bool value) { return take(value ? "true" : "false"); }
  bool RawNumber(const char* s, rapidjson::SizeType n, bool) {
    return take(std::string(s, n));
  }
  bool String(const char* s, rapidjson::SizeType n, bool) {
    return take(std::string(s, n));
  }

  [[nodiscard]] std::vector<Param> take_values() { return std::move(values_); }

 private:
  bool take(Param value) {
    if (!inside_) return false;
    values_[at_] = std::move(value);
    return true;
  }

  const std::vector<std::string>& keys_;
  std::vector<Param> values_;
  std::size_t at_ = 0;
  bool inside_ = false;
};

}  // namespace

std::vector<Param> plain_values(std::string_view text,
                                const std::vector<std::string>& keys) {
  if (text.find("\\u") != std::string_view::npos) return {};
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::MemoryStream memory(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream>
      stream(memory);
  rapidjson::Reader reader;
  MemberReader members(keys);
  if (reader.Parse<kFlags>(stream, members).IsError()) return {};
  return members.take_values();
}

}  // namespace trestle::rest
