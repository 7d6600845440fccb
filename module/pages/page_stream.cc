#include "pages/page_stream.h"

#include "pages/error_page.h"
#include "pages/errors.h"
#include "pages/page_render.h"
#include "pages/send.h"

namespace trestle::pages {

namespace {

// Rows are rendered in groups: changing stacks for each costs more than it
// brings. The first goes at once.
constexpr std::size_t kRowsAtOnce = 64;
constexpr std::size_t kBytesAtOnce = 16 * 1024;

}  // namespace

// Where the render writes to.
class PageStream::Output final : public OutputSink {
 public:
  explicit Output(PageStream& stream) : stream_(stream) {}

  bool write(std::string_view bytes) override {
    if (stream_.is_left_) return false;
    if (!stream_.give_head()) return false;
    stream_.is_slow_ = !stream_.visit_.exchange.response.body(bytes);
    return true;
  }

 private:
  PageStream& stream_;
};

PageStream::PageStream(Visit& visit, Results& results,
                       const PageSection& section)
    : visit_(visit),
      results_(results),
      section_(section),
      feed_(callback<&PageStream::wait>(this)),
      fiber_(callback<&PageStream::render>(this)) {}

// A page that waits for rows is told that there are no more, and returns.
PageStream::~PageStream() {
  is_left_ = true;
  if (!has_begun_) return;
  feed_.leave();
  fiber_.resume();
}

void PageStream::on_columns(std::span<const ResultColumn> columns) {
  feed_.on_columns(columns);
}

bool PageStream::on_row(std::span<const Cell> cells) {
  if (is_answered_) return true;
  feed_.add(cells);
  if (feed_.bytes() > kMostResultBytes) {
    end_with(errors::too_large());
    return true;
  }
  bool is_enough = !has_begun_ || feed_.waiting_rows() >= kRowsAtOnce ||
                   feed_.waiting_bytes() >= kBytesAtOnce;
  if (!is_enough) return true;
  is_slow_ = false;
  run();
  return !is_slow_;
}

void PageStream::finish() {
  feed_.finish();
  run();
}

void PageStream::fail(const Error& error) {
  if (!is_answered_) end_with(error);
}

void PageStream::run() {
  if (is_answered_) return;
  has_begun_ = true;
  fiber_.resume();
  if (!fiber_.is_done()) return;
  if (error_) return end_with(*error_);
  if (!give_head()) return end_with(*error_);
  is_answered_ = true;
  visit_.exchange.response.end();
}

// False: the section's headers cannot be sent.
bool PageStream::give_head() {
  if (head_given_) return true;
  Result<ResponseHead> head = page_head(visit_, kHtml, results_, &section_);
  if (!head.ok()) {
    error_ = head.error();
    return false;
  }
  visit_.exchange.response.head(std::move(head).value());
  head_given_ = true;
  return true;
}

void PageStream::end_with(const Error& error) {
  is_answered_ = true;
  is_left_ = true;
  if (!head_given_ || visit_.exchange.response.restart())
    return answer_error_page(visit_, error);
  visit_.log(detail_of(error));
  visit_.exchange.response.abort();
}

void PageStream::render() noexcept {
  try {
    Arena arena;
    Dict context;
    add_results(context, arena, results_, section_);
    const FileStatement& streamed =
        section_.file->statements[*section_.rules.stream];
    context.set(arena, variable_of(streamed), stream_value(&feed_));
    Output output(*this);
    auto failed = render_page(visit_, arena, context, output);
    if (failed) error_ = errors::bad_template(*failed);
  } catch (const std::bad_alloc&) {
    error_ = errors::too_large();
  }
}

}  // namespace trestle::pages
