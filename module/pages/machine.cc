#include "pages/machine.h"

#include <array>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "pages/bigint.h"

namespace trestle::pages {

namespace {

constexpr std::size_t kChunk = 16 * 1024;

// The reference that stands for a character in HTML, as Markup writes it.
constexpr std::string_view reference(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&#34;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

constexpr std::array<bool, 256> unsafe_bytes() {
  std::array<bool, 256> table{};
  for (char c : {'&', '<', '>', '"', '\''})
    table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kUnsafe = unsafe_bytes();

// Sixteen bytes that are looked at together: most text has none to escape.
using Block = unsigned char __attribute__((vector_size(16)));

bool has_unsafe(const char* text) {
  Block block;
  std::memcpy(&block, text, sizeof block);
  auto found = (block == '&') | (block == '<') | (block == '>') |
               (block == '"') | (block == '\'');
  std::array<std::uint64_t, 2> halves;
  std::memcpy(halves.data(), &found, sizeof found);
  return (halves[0] | halves[1]) != 0;
}

}  // namespace

Machine::Machine(const TemplateSet& set, Arena& arena, OutputSink& sink,
                 const RenderOptions& options)
    : set_(set),
      arena_(arena),
      sink_(sink),
      options_(options),
      random_(options.seed * 2 + 1),
      columns_(set.caches()) {
  out_.reserve(kChunk + 1024);
  globals_.names = set.globals();
}

Machine::~Machine() {
  for (auto* table : tables_) delete table;
}

// --- errors and limits
// --------------------------------------------------------------

Value Machine::fail(std::string_view type, std::string_view message) {
  if (error_ || stopped_) return failure();
  TemplateError error{
      .kind = type == "UndefinedError"     ? TemplateError::Kind::undefined
              : type == "TemplateNotFound" ? TemplateError::Kind::notfound
                                           : TemplateError::Kind::runtime,
      .message = concat({type, ": ", message})};
  if (type == "TemplatesNotFound") error.kind = TemplateError::Kind::notfound;
  if (program_ != nullptr) {
    error.file = program_->name;
    locate(error, program_->source, where_ == nullptr ? 0 : where_->offset);
  }
  error_ = std::move(error);
  return failure();
}

Value Machine::fail_undefined(const Value& v) {
  return fail("UndefinedError", undefined_message(v));
}

bool Machine::refuse_more() {
  fail("LimitError", steps_ > limits().steps
                         ? "the template runs too many steps"
                         : "the template needs too much memory");
  return false;
}

bool Machine::allow(std::uint64_t amount) {
  if (amount > limits().repeat) {
    fail("LimitError", concat({"a value of ", std::to_string(amount),
                               " bytes or items is too large"}));
    return false;
  }
  return charge(1 + amount / 64);
}

bool Machine::deeper() {
  if (++depth_ <= limits().depth) return true;
  depth_--;
  fail("RecursionError", "macros, blocks and includes are nested too deeply");
  return false;
}

std::uint64_t Machine::random() {
  // SplitMix64 (Steele, Lea, Flood 2014).
  random_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = random_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

// --- making values
// ------------------------------------------------------------------

Value Machine::text(std::string_view copied, bool safe) {
  return string(arena_.copy(copied), safe);
}

Value Machine::iterator(List* items) {
  Value v = make(Kind::iterator);
  v.iterator = arena_.make<Iterator>();
  v.iterator->items = items;
  return v;
}

Value Machine::big(std::string digits) {
  std::int64_t i = 0;
  const char* end = digits.data() + digits.size();
  auto [stop, error] = std::from_chars(digits.data(), end, i);
  if (error == std::errc() && stop == end) return integer(i);
  Value v = text(digits);
  v.kind = Kind::bigint;
  return v;
}

Value Machine::undefined(std::string_view name) {
  return undefined_of({}, string(name));
}

Value Machine::undefined_of(const Value& object, const Value& name) {
  Value v = make(Kind::undefined);
  v.undefined = arena_.make<UndefinedInfo>();
  v.undefined->object = object;
  v.undefined->name = name;
  return v;
}

Value Machine::undefined_hint(std::string_view hint) {
  Value v = undefined_of({}, {});
  v.undefined->hint = arena_.copy(hint);
  return v;
}

// --- output
// --------------------------------------------------------------------------

void Machine::append_escaped(std::string& out, std::string_view s) {
  std::size_t done = 0;
  for (std::size_t i = 0; i < s.size();) {
    if (s.size() - i >= sizeof(Block) && !has_unsafe(s.data() + i)) {
      i += sizeof(Block);
      continue;
    }
    if (kUnsafe[static_cast<unsigned char>(s[i])]) {
      out.append(s.data() + done, i - done);
      out.append(reference(s[i]));
      done = i + 1;
    }
    i++;
  }
  out.append(s.data() + done, s.size() - done);
}

void Machine::put(std::string_view s) {
  out_.append(s);
  if (out_.size() >= kChunk) flush();
}

void Machine::flush() {
  if (flushed_ + out_.size() > limits().output_bytes) {
    fail("LimitError", "the page is too large");
    return;
  }
  if (captures_ > 0 || failed()) return;
  flushed_ += out_.size();
  if (!out_.empty() && !sink_.write(out_)) stopped_ = true;
  out_.clear();
}

void Machine::write(const Value& v) {
  switch (v.kind) {
    case Kind::string:
      if (v.safe || !autoescape_)
        out_.append(v.text());
      else
        append_escaped(out_, v.text());
      break;
    case Kind::integer: {
      char digits[24];
      auto end = std::to_chars(digits, digits + sizeof digits, v.integer).ptr;
      out_.append(digits, end);
      break;
    }
    case Kind::bigint:
    case Kind::decimal:
      out_.append(v.text());
      break;
    case Kind::undefined:
      break;
    default: {
      Value shown = autoescape_ ? escape(v) : soft_str(v);
      if (!shown.failed()) out_.append(shown.text());
    }
  }
  if (out_.size() >= kChunk) flush();
}

std::size_t Machine::begin_capture() {
  captures_++;
  return out_.size();
}

Value Machine::end_capture(std::size_t start, bool safe) {
  captures_--;
  Value v = text(std::string_view(out_).substr(start), safe);
  out_.resize(start);
  return v;
}

}  // namespace trestle::pages
