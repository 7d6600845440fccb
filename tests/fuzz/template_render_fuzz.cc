// Any template with a fixed context: rendering ends within its limits, with a
// page or an error. Two files, so that includes and inheritance run too.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "pages/json_values.h"
#include "pages/render.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  using namespace trestle::pages;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  TemplateSet set;
  set.add("main.html", text);
  set.add("base.html",
          "{% macro m(a, b=1) %}{{ a }}{{ caller() if caller }}{% endmacro %}"
          "{% set v = 1 %}<{% block x %}{{ s }}{% endblock %}>");
  set.link();
  Arena arena;
  auto context = parse_json_value(
      arena,
      R"({"s": "a <b> é", "n": 3, "f": 1.5, "l": [3, 1, "x", null],
          "d": {"a": 1, "b": [1, 2]}, "u": [{"k": "x", "v": 2}, {"k": "y"}],
          "big": 123456789012345678901234567890})");
  RenderOptions options;
  options.limits = {.steps = 20'000,
                    .depth = 20,
                    .output_bytes = 1 << 20,
                    .range = 1000,
                    .repeat = 10'000,
                    .memory_bytes = 32 << 20};
  StringSink sink;
  (void)render(set, *set.find("main.html"), context->dict, arena, sink,
               options);
  return 0;
}
