// From rows to the answer of one request: the results in their shapes and
// format, the status and headers that the file asks for, errors.
//
// answer.cc has the rows, answer_finish.cc the head and the end.
//
// Nothing is sent before it is known that the answer is not an error: a read is
// sent while it runs once no @one or @value is outstanding and 64 kB have come
// together; a change is held until it has committed, up to a limit. An error
// after the first byte has left breaks the connection.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "encode/json_cell.h"
#include "frontend/answer_headers.h"
#include "frontend/frontend.h"
#include "frontend/session_change.h"
#include "query/media.h"
#include "query/statement_forms.h"
#include "sql/handler_file.h"
#include "sql/row_sink.h"

namespace trestle::query {

// What an answer is made by; all of it outlives the answer.
struct AnswerContext {
  const FileSection& section;
  // By statement. Told what a run teaches of its types.
  std::span<const std::unique_ptr<StatementForms>> forms;
  std::uint64_t generation;  // of the catalog; 0: there is none
  SessionKeeper sessions;
  std::size_t held_limit_bytes;
  // Allow's value when a GET turns out to write.
  std::string_view writing_methods;
};

class Answer final : public RowSink, public Continuation, private HeaderCells {
 public:
  // `running`: the form that each statement was sent in.
  Answer(const AnswerContext& context, const Exchange& exchange, Format format,
         Access access, std::vector<std::shared_ptr<const RowForm>> running);

  void on_columns(std::size_t statement,
                  std::span<const ResultColumn> columns) override;
  [[nodiscard]] bool on_row(std::size_t statement,
                            std::span<const Cell> cells) override;
  void on_statement_done(std::size_t statement,
                         std::uint64_t affected) override;
  void on_done() override;
  void on_error(const RunError& error) override;
  // After a login or logout that the session table has to learn of.
  [[nodiscard]] std::optional<Work> take_next() override;

 private:
  // A cell that a header needs.
  struct Wanted {
    std::size_t statement;
    std::string_view header;
    std::string_view column;  // empty: the first
    std::size_t index = 0;    // among the columns, once they are known
    std::optional<std::string> value;
  };

  [[nodiscard]] bool has_written() const { return access_ == Access::write; }
  [[nodiscard]] const FileStatement& at(std::size_t statement) const {
    return context_.section.statements[statement];
  }
  [[nodiscard]] bool is_list(std::size_t statement) const {
    return at(statement).shape == ResultShape::many;
  }

  // Rows.
  bool accept_columns(std::size_t statement,
                      std::span<const ResultColumn> columns);
  void find_wanted(std::size_t statement,
                   std::span<const ResultColumn> columns);
  void keep_wanted(std::size_t statement, std::span<const Cell> cells);
  void open_result(std::size_t statement);
  void close_result(std::size_t statement);
  void write_row(std::size_t statement, std::span<const Cell> cells);
  void write_json_row(std::size_t statement, std::span<const Cell> cells);
  void write_probed_value(std::span<const Cell> cells);

  // The answer.
  void fail(Error error);
  [[nodiscard]] bool take_back();
  [[nodiscard]] bool may_send(std::size_t statement) const;
  [[nodiscard]] bool send_full_buffer(std::size_t statement);
  [[nodiscard]] Result<ResponseHead> make_head() const;
  [[nodiscard]] Result<Param> cell(const HeaderTemplate& header,
                                   const TemplatePiece& piece) const override;
  [[nodiscard]] const Wanted* wanted(std::size_t statement,
                                     std::string_view column) const;
  [[nodiscard]] Result<void> finish_login(ResponseHead& head);
  void finish(ResponseHead head);
  void answer_refusal(const Error& error);

  AnswerContext context_;
  const Exchange exchange_;
  const Format format_;
  const Access access_;
  const bool is_object_;  // several results, keyed by their names
  std::vector<std::shared_ptr<const RowForm>> running_;
  std::vector<Wanted> wanted_;

  std::string body_;  // what has not been sent yet
  bool head_sent_ = false;
  std::optional<Error> failure_;  // the first one
  std::vector<Statement> session_statements_;
  std::optional<Work> next_;

  // Of the present result.
  std::optional<std::size_t> open_;  // its statement
  std::uint64_t rows_ = 0;
  std::size_t columns_ = 0;  // the statement's own
  std::string first_name_;   // of a probed @value
  encode::JsonRows json_;
};

}  // namespace trestle::query
