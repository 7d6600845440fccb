#include "sql/sql_params.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace trestle {

namespace {

constexpr auto kPrefixes = std::to_array<std::string_view>(
    {"claims", "session", "header", "cookie", "var"});

bool is_prefix(std::string_view word) {
  return std::ranges::find(kPrefixes, word) != kPrefixes.end();
}

bool joins_words(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Binder {
 public:
  Binder(const std::string& source, std::span<const SqlToken> tokens)
      : source_(source), tokens_(tokens) {}

  BindOutcome run() && {
    copied_ = tokens_.front().begin;
    anchor();
    for (std::size_t i = 0; i < tokens_.size() && !outcome_.fault; i++)
      if (begins_param(i)) i = take_param(i);
    copy_until(tokens_.back().end);
    return std::move(outcome_);
  }

 private:
  std::string_view word(std::size_t i) const { return tokens_[i].in(source_); }

  bool follows_directly(std::size_t i, SqlToken::Kind kind) const {
    return i < tokens_.size() && tokens_[i].kind == kind &&
           tokens_[i].begin == tokens_[i - 1].end;
  }

  bool begins_param(std::size_t i) {
    if (tokens_[i].kind != SqlToken::Kind::symbol || word(i) != ":")
      return false;
    if (follows_directly(i + 1, SqlToken::Kind::quoted_word))
      fail(i, "a parameter's name is written without quotes");
    return follows_directly(i + 1, SqlToken::Kind::word);
  }

  // Rewrites the parameter whose colon is token i; the index of its last token.
  std::size_t take_param(std::size_t i) {
    std::size_t colon = i++;
    std::string name(word(i));
    auto dotted = [&] {
      return follows_directly(i + 1, SqlToken::Kind::symbol) &&
             word(i + 1) == "." &&
             follows_directly(i + 2, SqlToken::Kind::word);
    };
    if (dotted() && !is_prefix(name)) {
      fail(colon, unknown_prefix(name));
      return i;
    }
    while (dotted()) {
      i += 2;
      name.append(".").append(word(i));
      if (!name.starts_with("claims.") && !name.starts_with("session.")) break;
    }
    bool required =
        follows_directly(i + 1, SqlToken::Kind::symbol) && word(i + 1) == "!";
    if (required) i++;
    write(colon, i, name, required);
    return i;
  }

  void write(std::size_t colon, std::size_t last, const std::string& name,
             bool required) {
    BoundStatement& bound = outcome_.bound;
    copy_until(tokens_[colon].begin);
    if (!bound.text.empty() && joins_words(bound.text.back()))
      bound.text.push_back(' ');
    bound.text.append(concat(
        {"$", std::to_string(number(name, required, tokens_[colon].begin))}));
    copied_ = tokens_[last].end;
    if (copied_ < source_.size() && joins_words(source_[copied_]))
      bound.text.push_back(' ');
    anchor();
  }

  std::size_t number(const std::string& name, bool required,
                     std::size_t place) {
    BoundStatement& bound = outcome_.bound;
    auto found = std::ranges::find(bound.names, name);
    auto index = static_cast<std::size_t>(found - bound.names.begin());
    if (found == bound.names.end()) {
      bound.names.push_back(name);
      bound.required.push_back(false);
      bound.places.push_back(place);
    }
    if (required) bound.required[index] = true;
    return index + 1;
  }

  void copy_until(std::size_t end) {
    if (end <= copied_) return;
    outcome_.bound.text.append(source_, copied_, end - copied_);
    copied_ = end;
  }

  void anchor() {
    outcome_.bound.anchors.emplace_back(outcome_.bound.text.size(), copied_);
  }

  void fail(std::size_t token, std::string message) {
    outcome_.fault =
        SqlFault{.message = std::move(message), .offset = tokens_[token].begin};
  }

  static std::string unknown_prefix(const std::string& name) {
    std::vector<std::string_view> known(kPrefixes.begin(), kPrefixes.end());
    std::string_view nearest = nearest_word(name, known);
    std::string message =
        concat({"unknown parameter source \":", name,
                ".\", expected claims, session, header, cookie or var"});
    if (!nearest.empty())
      message.append(concat({"; perhaps you meant \":", nearest, ".\""}));
    return message;
  }

  const std::string& source_;
  std::span<const SqlToken> tokens_;
  std::size_t copied_ = 0;  // the source up to here has been written
  BindOutcome outcome_;
};

}  // namespace

std::size_t BoundStatement::source_offset(std::size_t offset) const {
  std::pair<std::size_t, std::size_t> last = {0, 0};
  for (const auto& each : anchors) {
    if (each.first > offset) break;
    last = each;
  }
  return last.second + (offset - last.first);
}

BindOutcome bind_params(const std::string& source,
                        std::span<const SqlToken> tokens) {
  return Binder(source, tokens).run();
}

}  // namespace trestle
