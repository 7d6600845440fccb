#include "rest/scanner.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "rest/errors.h"

namespace trestle::rest {
namespace {

// How Haskell shows a character: printable ASCII as it is, others by number.
std::string shown(std::string_view character, char quote) {
  std::string out(1, quote);
  auto byte = static_cast<unsigned char>(character.front());
  if (character.size() == 1 && (byte == '\\' || character.front() == quote)) {
    out.push_back('\\');
    out.push_back(character.front());
  } else if (character.size() == 1 && byte >= 0x20 && byte < 0x7f) {
    out.push_back(character.front());
  } else {
    std::uint32_t point = byte;
    if (byte >= 0xf0)
      point = byte & 0x07U;
    else if (byte >= 0xe0)
      point = byte & 0x0fU;
    else if (byte >= 0xc0)
      point = byte & 0x1fU;
    for (char c : character.substr(1))
      point = (point << 6) | (static_cast<unsigned char>(c) & 0x3fU);
    out.push_back('\\');
    append_number(out, point);
  }
  out.push_back(quote);
  return out;
}

}  // namespace

std::size_t Scanner::character_size() const {
  if (at_end()) return 0;
  std::size_t size = 1;
  while (at_ + size < text_.size() &&
         (static_cast<unsigned char>(text_[at_ + size]) & 0xc0) == 0x80)
    ++size;
  return size;
}

bool Scanner::accept(std::string_view word) {
  if (looking_at(word)) {
    at_ += word.size();
    return true;
  }
  expect(concat({"\"", word, "\""}));
  return false;
}

bool Scanner::accept(std::string_view word, std::string_view label) {
  if (looking_at(word)) {
    at_ += word.size();
    return true;
  }
  expect(label);
  return false;
}

void Scanner::skip_blanks() {
  while (!at_end() && (peek() == ' ' || peek() == '\t')) ++at_;
}

void Scanner::expect(std::string_view label) {
  if (at_ < furthest_) return;
  if (at_ > furthest_) {
    furthest_ = at_;
    expected_.clear();
    quoted_once_ = false;
  }
  if (std::find(expected_.begin(), expected_.end(), label) == expected_.end())
    expected_.emplace_back(label);
}

void Scanner::expect_end(std::string_view label) {
  expect(label);
  if (at_ == furthest_) quoted_once_ = true;
}

Error Scanner::error() const {
  Scanner place(what_, text_);
  place.at_ = furthest_;
  std::size_t size = place.character_size();
  std::string details = "unexpected ";
  if (size == 0)
    details += "end of input";
  else
    details += shown(text_.substr(furthest_, size), quoted_once_ ? '\'' : '"');
  for (std::size_t i = 0; i < expected_.size(); ++i) {
    if (i == 0)
      details += " expecting ";
    else
      details += i + 1 == expected_.size() ? " or " : ", ";
    details += expected_[i];
  }
  // Columns count characters, from 1.
  std::int64_t column = 1;
  for (std::size_t i = 0; i < furthest_; ++i)
    if ((static_cast<unsigned char>(text_[i]) & 0xc0) != 0x80) ++column;
  std::string message = concat(
      {"\"failed to parse ", what_, " (", text_, ")\" (line 1, column "});
  append_number(message, column);
  message += ")";
  return errors::query_syntax(std::move(message), std::move(details));
}

}  // namespace trestle::rest
