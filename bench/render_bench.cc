// Nanoseconds per row of the template engine: the table of the Fortunes page
// over the cells of a result, as pages renders it, and over JSON values.
//
//   make bench-render
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "pages/render.h"

namespace {

using namespace trestle;
using namespace trestle::pages;

constexpr std::string_view kPage =
    "<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table>"
    "<tr><th>id</th><th>message</th></tr>"
    "{% for f in rows %}<tr><td>{{ f.id }}</td><td>{{ f.message }}</td></tr>"
    "{% endfor %}</table></body></html>";

class CountingSink final : public OutputSink {
 public:
  bool write(std::string_view bytes) override {
    count += bytes.size();
    return true;
  }
  std::size_t count = 0;
};

// The best of several runs, in nanoseconds for one page.
double page_time(const TemplateSet& set, const Rows& rows, bool as_dicts) {
  double best = 1e18;
  for (int run = 0; run < 30; run++) {
    int pages = static_cast<int>(20000 / (rows.count + 10)) + 1;
    double spent = 0;
    for (int i = 0; i < pages; i++) {
      Arena arena;
      Dict* context = arena.make<Dict>();
      Value value = rows_value(&rows);
      if (as_dicts) {
        List* list = new_list(arena, rows.count);
        for (std::size_t r = 0; r < rows.count; r++) {
          Dict* row = arena.make<Dict>();
          row->set(arena, "id", cell_value(arena, rows.cell(r, 0), 23));
          row->set(arena, "message", cell_value(arena, rows.cell(r, 1), 25));
          list->push(arena, dict_of(row));
        }
        value = list_of(list);
      }
      context->set(arena, "rows", value);
      CountingSink sink;
      auto start = std::chrono::steady_clock::now();
      if (auto error =
              render(set, *set.find("page.html"), context, arena, sink)) {
        std::fprintf(stderr, "%s\n", error->summary().c_str());
        return 0;
      }
      spent += std::chrono::duration<double, std::nano>(
                   std::chrono::steady_clock::now() - start)
                   .count();
    }
    best = std::min(best, spent / pages);
  }
  return best;
}

}  // namespace

int main() {
  std::vector<ResultColumn> columns = {{"id", 23}, {"message", 25}};
  TemplateSet set;
  set.add("page.html", kPage);
  set.link();
  for (std::size_t count : {12u, 1000u}) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; i++) {
      texts.push_back(std::to_string(i));
      texts.push_back(i % 12 == 3 ? "<script>alert(\"no\");</script>"
                      : i % 12 == 7
                          ? "フレームワークのベンチマーク"
                          : "A computer scientist is someone who fixes things");
    }
    std::vector<Cell> cells(texts.begin(), texts.end());
    Rows rows{columns, cells.data(), count};
    double cells_ns = page_time(set, rows, false);
    double dicts_ns = page_time(set, rows, true);
    std::printf(
        "%5zu rows: cells %7.2f us/page %6.1f ns/row, "
        "maps %7.2f us/page %6.1f ns/row\n",
        count, cells_ns / 1000, cells_ns / static_cast<double>(count),
        dicts_ns / 1000, dicts_ns / static_cast<double>(count));
  }
  return 0;
}
