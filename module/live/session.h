// The seam between a connection (http/, which knows sockets) and what talks
// over it (this folder and http/'s SQL session, which know messages). A
// WebSocket and an event stream offer the same Outlet.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "live/deflate.h"
#include "live/frame.h"
#include "live/out_queue.h"

namespace trestle::live {

// One compressor for each window size, shared by all connections of a worker.
class Deflaters {
 public:
  // Null: out of memory; the message goes out uncompressed.
  [[nodiscard]] Deflater* get(int bits);

 private:
  std::array<std::unique_ptr<Deflater>, 16> by_bits_;
};

// Appends the data of one server-sent event and the empty line behind it.
void append_event_data(std::string& out, std::string_view data);

// A message to one or many. Its frames are encoded when the first connection
// asks for them.
class OutMessage {
 public:
  // Borrows `payload` for the object's life.
  OutMessage(MessageKind kind, std::string_view payload)
      : kind_(kind), payload_(payload) {}

  [[nodiscard]] MessageKind kind() const { return kind_; }
  [[nodiscard]] std::string_view payload() const { return payload_; }

  [[nodiscard]] const FrameRef& plain();
  // `bits` as DeflateParams::server_bits.
  [[nodiscard]] const FrameRef& deflated(int bits, Deflaters& deflaters);
  // The message as an event of a stream (HTML, "Server-sent events"); `id` may
  // be empty.
  [[nodiscard]] const FrameRef& event(std::string_view id);

 private:
  MessageKind kind_;
  std::string_view payload_;
  FrameRef plain_;
  FrameRef event_;
  std::vector<std::pair<int, FrameRef>> deflated_;
};

// What a session may do with its connection. None of these calls destroys
// anything or calls back into the session.
class Outlet {
 public:
  // An answer to the peer's own message: always taken, as the peer is not read
  // while it leaves its answers lying.
  virtual void answer(MessageKind kind, std::string_view payload) = 0;

  // An answer that says no; `text` is how the dialect says it.
  virtual void refuse(const Error& error, std::string_view text) {
    static_cast<void>(error);
    answer(MessageKind::text, text);
  }

  // Something the peer has not asked for now. A peer that is too slow for it is
  // cut off with 1013.
  virtual void push(OutMessage& message, std::string_view id) = 0;

  // Ends the connection when everything before it has gone out. `code` 0: a
  // Close frame without one.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;

  // on_message() takes messages again.
  virtual void resume() = 0;

 protected:
  ~Outlet() = default;
};

// One peer. Owned by its connection until on_gone(), by itself from then on.
class Session {
 public:
  // False: the message was taken, but the next must wait for
  // Outlet::resume().
  [[nodiscard]] virtual bool on_message(MessageKind kind,
                                        std::string_view payload) = 0;

  // The peer sends nothing more, but still listens. The session calls
  // Outlet::close() once its answers are given; `code` is what the peer sent
  // (0: none).
  virtual void on_end(std::uint16_t code) = 0;

  // The connection is no more: the session finishes what it has begun and
  // deletes itself. Last call; the outlet is dead.
  virtual void on_gone() = 0;

 protected:
  ~Session() = default;
};

}  // namespace trestle::live
