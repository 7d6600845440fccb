// The negotiation half of deflate.h: reads Sec-WebSocket-Extensions (RFC 6455
// 9.1) and answers permessage-deflate (RFC 7692 7.1).
#include <set>

#include "base/http_token.h"
#include "base/text.h"
#include "live/deflate.h"

namespace trestle::live {
namespace {

struct Parameter {
  std::string_view name;
  std::optional<std::string_view> value;
};

struct Offer {
  std::string_view extension;
  std::vector<Parameter> parameters;
};

// One header value, token by token. Every method returns false (or "") on what
// the grammar does not allow; the rest of that value is then ignored.
class OfferReader {
 public:
  explicit OfferReader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }

  [[nodiscard]] bool take(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    at_++;
    return true;
  }

  [[nodiscard]] std::string_view token() {
    skip_blanks();
    std::size_t start = at_;
    while (at_ < text_.size() && is_token_char(text_[at_])) at_++;
    return text_.substr(start, at_ - start);
  }

  // A quoted value must be a token behind its quotes (RFC 6455 9.1), so no
  // escapes need to be known.
  [[nodiscard]] std::string_view value() {
    if (!take('"')) return token();
    std::string_view inner = token();
    return take('"') ? inner : std::string_view();
  }

  [[nodiscard]] bool offer(Offer& out) {
    out.extension = token();
    if (out.extension.empty()) return false;
    while (take(';')) {
      Parameter parameter;
      parameter.name = token();
      if (parameter.name.empty()) return false;
      if (take('=')) {
        parameter.value = value();
        if (parameter.value->empty()) return false;
      }
      out.parameters.push_back(parameter);
    }
    return at_end() || text_[at_] == ',';
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t'))
      at_++;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// A window size: 8 to 15 in decimal without leading zeros, else 0.
int window_bits(std::string_view text) {
  if (text == "8" || text == "9") return text[0] - '0';
  if (text.size() == 2 && text[0] == '1' && text[1] >= '0' && text[1] <= '5')
    return 10 + (text[1] - '0');
  return 0;
}

std::optional<DeflateAgreement> accept_offer(const Offer& offer,
                                             const DeflatePolicy& policy) {
  DeflateAgreement agreed;
  agreed.params.client_takeover = policy.client_takeover;
  std::set<std::string_view> seen;
  int server_bits = 0;
  int client_bits = 0;
  for (const Parameter& parameter : offer.parameters) {
    if (!seen.insert(parameter.name).second) return std::nullopt;
    if (parameter.name == "server_no_context_takeover") {
      if (parameter.value) return std::nullopt;
    } else if (parameter.name == "client_no_context_takeover") {
      if (parameter.value) return std::nullopt;
      agreed.params.client_takeover = false;
    } else if (parameter.name == "server_max_window_bits") {
      server_bits = window_bits(parameter.value.value_or(""));
      // zlib cannot make a raw stream with a window of 256 bytes.
      if (server_bits < 9) return std::nullopt;
    } else if (parameter.name == "client_max_window_bits") {
      if (!parameter.value) continue;
      client_bits = window_bits(*parameter.value);
      if (client_bits == 0) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }

  agreed.header = "permessage-deflate; server_no_context_takeover";
  if (!agreed.params.client_takeover)
    agreed.header += "; client_no_context_takeover";
  if (server_bits != 0) {
    agreed.params.server_bits = server_bits;
    agreed.header +=
        concat({"; server_max_window_bits=", std::to_string(server_bits)});
  }
  if (client_bits != 0) {
    agreed.params.client_bits = client_bits;
    agreed.header +=
        concat({"; client_max_window_bits=", std::to_string(client_bits)});
  }
  return agreed;
}

}  // namespace

std::optional<DeflateAgreement> negotiate_deflate(
    std::span<const std::string_view> extensions, const DeflatePolicy& policy) {
  if (!policy.enabled) return std::nullopt;
  for (std::string_view header : extensions) {
    OfferReader reader(header);
    while (!reader.at_end()) {
      if (reader.take(',')) continue;
      Offer offer;
      if (!reader.offer(offer)) break;
      if (offer.extension != "permessage-deflate") continue;
      if (auto agreed = accept_offer(offer, policy)) return agreed;
    }
  }
  return std::nullopt;
}

}  // namespace trestle::live
