// permessage-deflate (RFC 7692): the negotiation, and the two directions over
// zlib. Trestle always sends without context takeover, so that one compressor
// serves all connections of a worker and an idle connection holds no window.
#pragma once

#include <zlib.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace trestle::live {

// What both sides have agreed on.
struct DeflateParams {
  int server_bits = 15;  // window of what we send, 9 to 15
  int client_bits = 15;  // window of what we receive, 8 to 15
  bool client_takeover = true;
};

// What a location allows.
struct DeflatePolicy {
  bool enabled = false;
  // Let a client refer back to its earlier messages: costs a window of up to
  // 32 kB per connection once it has sent a compressed message.
  bool client_takeover = true;
};

struct DeflateAgreement {
  DeflateParams params;
  std::string header;  // value of Sec-WebSocket-Extensions
};

// Takes the first acceptable offer out of the values of all
// Sec-WebSocket-Extensions headers, in order. An offer with an unknown, doubled
// or malformed parameter is declined, never repaired (RFC 7692 7.1); nullopt
// when none is left.
[[nodiscard]] std::optional<DeflateAgreement> negotiate_deflate(
    std::span<const std::string_view> extensions, const DeflatePolicy& policy);

// Compresses messages, one after another, each on its own.
class Deflater {
 public:
  // `bits` as DeflateParams::server_bits. Null: out of memory.
  [[nodiscard]] static std::unique_ptr<Deflater> create(int bits);
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // Appends the payload of a frame for `message`. False: zlib has failed.
  [[nodiscard]] bool compress(std::string_view message, std::string& out);

 private:
  Deflater() = default;
  z_stream stream_ = {};
};

// Inflates one connection's messages, piece by piece.
class Inflater {
 public:
  enum class Status { ok, too_big, bad_data };

  [[nodiscard]] static std::unique_ptr<Inflater> create(
      const DeflateParams& params);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Appends what `piece` inflates to, until `out` holds more than `limit`
  // bytes: then too_big, and the message is lost.
  [[nodiscard]] Status feed(std::string_view piece, std::string& out,
                            std::size_t limit);
  // The message's last piece has been fed.
  [[nodiscard]] Status finish(std::string& out, std::size_t limit);

 private:
  Inflater() = default;
  z_stream stream_ = {};
  bool keep_window_ = true;
};

}  // namespace trestle::live
