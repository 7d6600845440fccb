// Reads the backend messages of PostgreSQL's protocol 3.0: frames out of a
// buffer, and fields out of a frame. Bytes from the network are not trusted:
// every length is checked, a field that is not there reads as empty and marks
// the message as bad.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace trestle::pg {

// The fields of one message, in order. Views borrow from the message.
class FieldReader {
 public:
  explicit FieldReader(std::string_view body) : rest_(body) {}

  [[nodiscard]] char byte();
  [[nodiscard]] std::uint16_t int16();
  [[nodiscard]] std::uint32_t int32();
  // Up to the NUL byte that ends it.
  [[nodiscard]] std::string_view text();
  [[nodiscard]] std::string_view bytes(std::size_t size);

  [[nodiscard]] std::size_t remaining() const { return rest_.size(); }
  // Whether every field so far was there.
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Message {
  char type = 0;
  std::string_view body;
};

// The input of one connection: bytes go in at the end, whole messages come out
// at the front. Grows to the size of the largest message and shrinks again.
class InputBuffer {
 public:
  enum class Next { message, incomplete, broken };

  // Takes the next message out. Its body is valid until the next call of
  // space().
  [[nodiscard]] Next next(Message& message);

  // Room for more bytes, at least one; added() says how many came.
  struct Space {
    char* data;
    std::size_t size;
  };
  [[nodiscard]] Space space();
  void added(std::size_t size) { end_ += size; }

  // Gives back what a large message needed. Only when empty.
  void shrink();

  [[nodiscard]] bool empty() const { return begin_ == end_; }
  // Bytes of the largest message so far.
  [[nodiscard]] std::size_t largest() const { return largest_; }

 private:
  void grow();

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t largest_ = 0;
};

}  // namespace trestle::pg
