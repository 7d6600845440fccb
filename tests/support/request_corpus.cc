#include "support/request_corpus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "support/process.h"

namespace trestle::testing {
namespace {

constexpr std::string_view kEntry = "@@";
constexpr std::string_view kJsonEntry = "@json";

std::string replaced(std::string text, std::string_view what,
                     std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos;
       at += by.size())
    text.replace(at, what.size(), by);
  return text;
}

std::string bytes_of(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    out.push_back(static_cast<char>(
        std::strtol(std::string(digits.substr(i, 2)).c_str(), nullptr, 16)));
  return out;
}

// What stands between the brackets of $[n|text$].
std::string repeated(std::string_view inside) {
  const std::size_t bar = inside.find('|');
  const int times = std::atoi(std::string(inside.substr(0, bar)).c_str());
  const std::string text(inside.substr(bar + 1));
  if (text.find('#') == std::string::npos) {
    std::string out;
    for (int i = 0; i < times; i++) out += text;
    return out;
  }
  std::string out;
  for (int i = 0; i < times; i++)
    out += replaced(replaced(text, "#+", std::to_string(i + 1)), "#",
                    std::to_string(i));
  return out;
}

// The text with its marks written out.
std::string expanded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t length = 1;
    if (text.starts_with("$/")) {
      out += "\r\n";
      length = 2;
    } else if (text.starts_with("$<")) {
      length = text.find('>');
      if (length != text.npos) out += bytes_of(text.substr(2, length++ - 2));
    } else if (text.starts_with("$[")) {
      length = text.find("$]");
      if (length != text.npos) out += repeated(text.substr(2, length - 2));
      if (length != text.npos) length += 2;
    } else {
      out.push_back(text[0]);
    }
    if (length == text.npos) {
      ADD_FAILURE() << "a mark without an end: " << text;
      return out;
    }
    text.remove_prefix(length);
  }
  return out;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", code);
    if (c == '"' || c == '\\')
      out.append({'\\', c});
    else if (code < 0x20)
      out += escape;
    else
      out.push_back(c);
  }
  return out + "\"";
}

// What a "==" begins: the request that entries are put into.
class Form {
 public:
  explicit Form(const std::string& heading) {
    const std::size_t blank = heading.find(' ');
    request_.method = heading.substr(0, blank);
    if (blank != heading.npos) request_.target = heading.substr(blank + 1);
  }

  void header(const std::string& line) {
    const std::size_t colon = line.find(':');
    const std::string name = line.substr(0, colon);
    const std::string value = line.substr(
        std::min(line.find_first_not_of(' ', colon + 1), line.size()));
    if (name == "expect")
      request_.expect = value;
    else if (name == "within")
      request_.within_ms = std::atoi(value.c_str());
    else if (name == "body")
      request_.body = value;
    else
      request_.headers.emplace_back(name, value);
  }

  [[nodiscard]] CorpusRequest filled(const std::string& line,
                                     std::string where) const {
    const std::string entry = expanded(line);
    const std::string json = json_string(entry);
    bool placed = false;
    const auto put = [&](std::string& text) {
      text = expanded(text);
      placed |=
          text.find(kEntry) != text.npos || text.find(kJsonEntry) != text.npos;
      text =
          replaced(replaced(std::move(text), kJsonEntry, json), kEntry, entry);
    };
    CorpusRequest out = request_;
    put(out.target);
    put(out.body);
    for (auto& header : out.headers) put(header.second);
    if (!placed) out.body = entry;
    out.where = std::move(where);
    return out;
  }

 private:
  CorpusRequest request_;
};

}  // namespace

std::vector<CorpusRequest> read_corpus(const std::string& path) {
  std::vector<CorpusRequest> out;
  std::istringstream text(read_file(path));
  Form form("");
  bool in_headers = false;
  int number = 0;
  for (std::string line; std::getline(text, line);) {
    number++;
    if (line.starts_with("# ")) continue;
    if (line.starts_with("== ")) {
      form = Form(line.substr(3));
      in_headers = true;
    } else if (line.empty()) {
      in_headers = false;
    } else if (in_headers) {
      form.header(line);
    } else {
      out.push_back(form.filled(line, path + ":" + std::to_string(number)));
    }
  }
  return out;
}

}  // namespace trestle::testing
