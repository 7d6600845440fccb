// Rendering a template of a set with a context, into a sink, within limits.
// This is what pages and trestle-render call.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pages/arena.h"
#include "pages/program.h"
#include "pages/template_error.h"
#include "pages/value.h"

namespace trestle::pages {

class Translations;

// Where a limit is passed, the render ends with a runtime error that names the
// line: never a crash, never an answer without bounds.
struct RenderLimits {
  std::uint64_t steps = 20'000'000;  // statements, calls and items walked over
  std::uint32_t depth = 100;  // macros, includes and blocks inside another
  std::size_t output_bytes = 64 * 1024 * 1024;
  std::int64_t range = 100'000;    // items of range()
  std::size_t repeat = 1'000'000;  // bytes or items made by `*`, padding, fill
  std::size_t memory_bytes = 256 * 1024 * 1024;  // values of one render
};

struct RenderOptions {
  RenderLimits limits = {};
  // Messages of the visitor's language, or null for the template's own text.
  const Translations* translations = nullptr;
  // Whatever the host's own global functions need: Machine::host().
  void* host = nullptr;
  // What Jinja2 lets through unescaped stays so: what the filter of a filter
  // block makes of escaped text (striptags), and what `indent` puts in front of
  // lines of markup. For comparisons with Jinja2 alone.
  bool is_lax = false;
  // Start of the `random` and `shuffle` like functions.
  std::uint64_t seed = 0;
};

// Receives the page in chunks, in order.
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  // Copies or sends the bytes. False ends the render without an error.
  [[nodiscard]] virtual bool write(std::string_view bytes) = 0;
};

// Collects the page in one string.
class StringSink final : public OutputSink {
 public:
  bool write(std::string_view bytes) override {
    text.append(bytes);
    return true;
  }
  std::string text;
};

// Renders `entry` of `set`. `context` holds the variables (string keys); it and
// every value made lives in `arena`, which the caller keeps until the end.
// nullopt: all of the page went to the sink. An error: what was written so far
// is an unfinished page.
[[nodiscard]] std::optional<TemplateError> render(
    const TemplateSet& set, const Program& entry, Dict* context, Arena& arena,
    OutputSink& sink, const RenderOptions& options = {});

// Renders some blocks of the page only, one after another, each as `entry` and
// the templates it extends define it. Nothing outside of blocks runs, so what
// is `set` at the top level is not seen. notfound when no such block exists.
[[nodiscard]] std::optional<TemplateError> render_blocks(
    const TemplateSet& set, const Program& entry,
    const std::vector<std::string_view>& blocks, Dict* context, Arena& arena,
    OutputSink& sink, const RenderOptions& options = {});

// The names that `entry` and everything it extends, includes or imports may
// read from the context, in alphabetical order; of `block` alone when it is not
// empty. What a fragment's statements are chosen by.
[[nodiscard]] std::vector<std::string_view> context_names(
    const TemplateSet& set, const Program& entry, std::string_view block = {});

}  // namespace trestle::pages
