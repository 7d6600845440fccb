// A page with `-- @stream`: it is rendered while the rows of its last statement
// come, and sent as it is made. The render runs in a fiber that waits where the
// page asks for a row that is not there yet. What fails before anything has
// left the server is an error page; what fails later breaks the connection.
#pragma once

#include <optional>
#include <span>

#include "pages/fiber.h"
#include "pages/results.h"
#include "pages/row_feed.h"
#include "pages/visit.h"
#include "sql/row_sink.h"

namespace trestle::pages {

class PageStream {
 public:
  // `results` holds the other statements' rows. All outlive it.
  PageStream(Visit& visit, Results& results, const PageSection& section);
  ~PageStream();
  PageStream(const PageStream&) = delete;
  PageStream& operator=(const PageStream&) = delete;

  void on_columns(std::span<const ResultColumn> columns);
  // False: the client is slow.
  [[nodiscard]] bool on_row(std::span<const Cell> cells);
  // All statements have run: renders the rest and ends the answer.
  void finish();
  // The run has failed.
  void fail(const Error& error);

 private:
  class Output;

  // The fiber's function, and how it waits.
  void render() noexcept;
  void wait() noexcept { fiber_.suspend(); }
  void run();
  [[nodiscard]] bool give_head();
  void end_with(const Error& error);

  Visit& visit_;
  Results& results_;
  const PageSection& section_;
  RowFeed feed_;
  Fiber fiber_;
  std::optional<Error> error_;
  bool has_begun_ = false;   // the first rows have been rendered
  bool head_given_ = false;  // part of the page is with the sink
  bool is_slow_ = false;
  bool is_left_ = false;  // nobody waits for the rest
  bool is_answered_ = false;
};

}  // namespace trestle::pages
