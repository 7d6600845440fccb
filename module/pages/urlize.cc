#include "pages/urlize.h"

#include <algorithm>

#include "base/text.h"
#include "pages/unicode.h"

namespace trestle::pages {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool istarts(std::string_view s, std::string_view prefix) {
  return s.size() >= prefix.size() &&
         ascii_iequals(s.substr(0, prefix.size()), prefix);
}

// Text that is only word characters, dashes or percent signs.
bool is_label(std::string_view s, std::string_view also) {
  for (std::size_t at = 0; at < s.size();) {
    char32_t c = unicode::next(s, at);
    bool good =
        unicode::is_word(c) ||
        (c < 0x80 && also.find(static_cast<char>(c)) != std::string_view::npos);
    if (!good) return false;
  }
  return !s.empty();
}

// What may follow a host: a port, then a path, query or fragment.
bool is_rest(std::string_view s) {
  if (s.starts_with(':')) {
    std::size_t digits = 1;
    while (digits < s.size() && is_digit(s[digits])) digits++;
    if (digits == 1 || digits > 6) return false;
    s.remove_prefix(digits);
  }
  return s.empty() || s[0] == '/' || s[0] == '?' || s[0] == '#';
}

bool is_ipv4(std::string_view s) {
  std::vector<std::string_view> parts = split(s, '.');
  return parts.size() == 4 &&
         std::ranges::all_of(parts, [](std::string_view p) {
           return !p.empty() && p.size() <= 3 &&
                  std::ranges::all_of(p, is_digit);
         });
}

bool is_ipv6(std::string_view s) {
  if (s.size() < 4 || s.front() != '[' || s.back() != ']') return false;
  std::string_view inner = s.substr(1, s.size() - 2);
  std::vector<std::string_view> parts = split(inner, ':');
  return parts.size() >= 3 && parts.size() <= 9 &&
         std::ranges::all_of(parts, [](std::string_view p) {
           return p.size() <= 4 &&
                  p.find_first_not_of("0123456789abcdefABCDEF") ==
                      std::string_view::npos;
         });
}

// "a.b.": labels with dots behind them.
bool are_labels(std::string_view s, std::size_t shortest, std::size_t longest) {
  if (!s.ends_with('.')) return false;
  s.remove_suffix(1);
  return std::ranges::all_of(split(s, '.'), [&](std::string_view label) {
    std::size_t size = unicode::length(label);
    return size >= shortest && size <= longest && is_label(label, "-%");
  });
}

bool is_top_level(std::string_view s) {
  if (s.size() >= 2 && s.size() <= 63 && std::ranges::all_of(s, is_letter))
    return true;
  return istarts(s, "xn--") && s.size() >= 6 && is_label(s.substr(4), "%");
}

bool is_web_host(std::string_view host) {
  static constexpr std::string_view kBasic[] = {"com", "net", "int",  "edu",
                                                "gov", "org", "info", "mil"};
  std::size_t dot = host.rfind('.');
  if (dot == std::string_view::npos) return false;
  std::string_view top = host.substr(dot + 1);
  bool basic = std::ranges::any_of(
      kBasic, [&](std::string_view b) { return ascii_iequals(b, top); });
  return basic && are_labels(host.substr(0, dot + 1), 2, 63);
}

bool is_web_address(std::string_view s) {
  std::size_t scheme = istarts(s, "https://")  ? 8
                       : istarts(s, "http://") ? 7
                                               : 0;
  std::size_t www = scheme == 0 && istarts(s, "www.") ? 4 : 0;
  std::string_view rest = s.substr(scheme + www);
  std::size_t end = rest.starts_with('[')
                        ? std::min(rest.find(']'), rest.size() - 1) + 1
                        : rest.find_first_of(":/?#");
  std::string_view host = rest.substr(0, end);
  if (!is_rest(rest.substr(host.size()))) return false;
  if (scheme > 0 && (is_ipv4(host) || is_ipv6(host))) return true;
  if (scheme > 0 || www > 0) {
    std::size_t dot = host.rfind('.');
    if (dot == std::string_view::npos) return is_top_level(host);
    if (is_top_level(host.substr(dot + 1)) &&
        are_labels(host.substr(0, dot + 1), 1, 1000))
      return true;
  }
  return scheme == 0 && is_web_host(s.substr(0, s.find_first_of(":/?#")));
}

bool is_mail_address(std::string_view s) {
  std::size_t at = s.rfind('@');
  if (at == std::string_view::npos || at == 0) return false;
  std::string_view domain = s.substr(at + 1);
  std::size_t dot = domain.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  std::size_t first = 0;
  return unicode::is_word(unicode::next(domain, first)) &&
         is_label(domain.substr(0, dot), "-.") &&
         is_label(domain.substr(dot + 1), "");
}

constexpr std::string_view kTails[] = {")", ">", ".", ",", "\n", "&gt;"};
constexpr std::string_view kHeads[] = {"(", "<", "&lt;"};

std::size_t count_of(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos;
       at = text.find(what, at + what.size()))
    count++;
  return count;
}

class Linker {
 public:
  explicit Linker(const UrlizeOptions& options) : options_(options) {}

  std::string link(std::string_view word) {
    std::size_t head = 0;
    for (bool more = true; more;) {
      more = false;
      for (std::string_view h : kHeads)
        if (word.substr(head).starts_with(h)) {
          head += h.size();
          more = true;
          break;
        }
    }
    std::string_view inner = word.substr(head);
    std::size_t end = inner.size();
    for (bool more = true; more;) {
      more = false;
      for (std::string_view t : kTails)
        if (inner.substr(0, end).ends_with(t)) {
          end -= t.size();
          more = true;
          break;
        }
    }
    balance(inner, end);
    std::string_view tail = inner.substr(end);
    return concat({word.substr(0, head), address(inner.substr(0, end)), tail});
  }

 private:
  // Closing brackets that the address itself has opened belong to it.
  static void balance(std::string_view inner, std::size_t& end) {
    static constexpr std::string_view kPairs[][2] = {
        {"(", ")"}, {"<", ">"}, {"&lt;", "&gt;"}};
    for (const auto& [open, close] : kPairs) {
      std::size_t opened = count_of(inner.substr(0, end), open);
      if (opened <= count_of(inner.substr(0, end), close)) continue;
      std::size_t times = std::min(opened, count_of(inner.substr(end), close));
      for (; times > 0; times--) end = inner.find(close, end) + close.size();
    }
  }

  std::string attributes() const {
    std::string out;
    if (!options_.rel.empty()) out += concat({" rel=\"", options_.rel, "\""});
    if (!options_.target.empty())
      out += concat({" target=\"", options_.target, "\""});
    return out;
  }

  std::string shown(std::string_view text) const {
    if (!options_.limit || unicode::length(text) <= *options_.limit)
      return std::string(text);
    return concat(
        {text.substr(0, unicode::offset(text, *options_.limit)), "..."});
  }

  std::string address(std::string_view s) const {
    if (is_web_address(s)) {
      bool has_scheme = s.starts_with("https://") || s.starts_with("http://");
      return concat({"<a href=\"", has_scheme ? "" : "https://", s, "\"",
                     attributes(), ">", shown(s), "</a>"});
    }
    if (s.starts_with("mailto:") && is_mail_address(s.substr(7)))
      return concat({"<a href=\"", s, "\">", s.substr(7), "</a>"});
    if (!s.starts_with("www.") && s.find(':') == std::string_view::npos &&
        is_mail_address(s))
      return concat({"<a href=\"mailto:", s, "\">", s, "</a>"});
    std::string linked(s);
    for (const std::string& scheme : options_.schemes)
      if (linked != scheme && linked.starts_with(scheme))
        linked = concat(
            {"<a href=\"", linked, "\"", attributes(), ">", linked, "</a>"});
    return linked;
  }

  const UrlizeOptions& options_;
};

}  // namespace

bool is_url_scheme(std::string_view text) {
  std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon < 2) return false;
  std::string_view slashes = text.substr(colon + 1);
  return is_label(text.substr(0, colon), ".+-") &&
         (slashes.empty() || slashes == "/" || slashes == "//");
}

std::string urlize(std::string_view text, const UrlizeOptions& options) {
  Linker linker(options);
  std::string out;
  std::size_t word = 0;
  for (std::size_t at = 0; at <= text.size();) {
    std::size_t start = at;
    bool end = at == text.size();
    bool blank = !end && unicode::is_space(unicode::next(text, at));
    if (!end && !blank) continue;
    if (start > word) out += linker.link(text.substr(word, start - word));
    if (end) break;
    out += text.substr(start, at - start);
    word = at;
  }
  return out;
}

}  // namespace trestle::pages
