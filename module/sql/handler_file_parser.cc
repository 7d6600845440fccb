// The reader of handler files; handler_file.h tells their format.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "sql/annotations.h"
#include "sql/handler_file.h"
#include "sql/section_checks.h"
#include "sql/sql_params.h"
#include "sql/sql_parser.h"

namespace trestle {

namespace {

FileParam param_of(std::string_view written, bool required, int line) {
  struct Prefix {
    std::string_view text;
    ParamSource source;
  };
  static constexpr auto kPrefixes =
      std::to_array<Prefix>({{"claims.", ParamSource::claim},
                             {"session.", ParamSource::claim},
                             {"header.", ParamSource::header},
                             {"cookie.", ParamSource::cookie},
                             {"var.", ParamSource::variable}});
  FileParam param{
      .name = std::string(written), .required = required, .line = line};
  if (written == "body") param.source = ParamSource::body;
  for (const Prefix& prefix : kPrefixes) {
    if (!written.starts_with(prefix.text)) continue;
    param.source = prefix.source;
    param.name = std::string(written.substr(prefix.text.size()));
  }
  return param;
}

// The parser's message in the file's own words: one line, and parameters by
// their names.
std::string as_written(std::string message, const BoundStatement& bound) {
  constexpr std::string_view kNear = " at or near \"$";
  std::size_t at = message.find(kNear);
  if (at == std::string::npos) return message;
  at += kNear.size();
  std::size_t number = 0;
  std::size_t end = at;
  for (; end < message.size() && message[end] >= '0' && message[end] <= '9' &&
         number <= bound.names.size();
       end++)
    number = number * 10 + static_cast<std::size_t>(message[end] - '0');
  if (number >= 1 && number <= bound.names.size())
    message.replace(at - 1, end - at + 1,
                    concat({":", bound.names[number - 1]}));
  return message;
}

class Parser {
 public:
  Parser(HandlerFile& file, const std::string& text,
         const HandlerFileOptions& options)
      : file_(file), text_(text), options_(options) {}

  Result<void> run() {
    if (text_.find('\0') != std::string::npos)
      return fault(text_.find('\0'), "the file holds a NUL byte");
    if (!is_utf8(text_)) return fault(0, "the file is not UTF-8");
    SqlScan scan = scan_sql(text_);
    if (scan.fault) return fault(scan.fault->offset, scan.fault->message);
    tokens_ = std::move(scan.tokens);
    file_.sections.emplace_back().line = 1;
    places_.section = text_.size();
    for (std::size_t i = 0; i < tokens_.size(); i++) {
      Result<void> taken = take(i);
      if (!taken.ok()) return taken;
    }
    if (statement_begin_) {
      Result<void> ended = end_statement(tokens_.size());
      if (!ended.ok()) return ended;
    }
    return end_section();
  }

 private:
  FileSection& section() { return file_.sections.back(); }

  // --- tokens ---

  Result<void> take(std::size_t i) {
    const SqlToken& token = tokens_[i];
    if (token.kind == SqlToken::Kind::block_comment) return {};
    if (token.kind == SqlToken::Kind::line_comment) return take_comment(token);
    std::string_view word = token.in(text_);
    if (token.kind == SqlToken::Kind::symbol) {
      if (word == ";" && depth_ == 0)
        return statement_begin_ ? end_statement(i) : Result<void>();
      if (word == "(") depth_++;
      if (word == ")" && depth_ > 0) depth_--;
    }
    if (!statement_begin_) statement_begin_ = i;
    return {};
  }

  Result<void> take_comment(const SqlToken& token) {
    if (!first_on_its_line(token.begin)) return {};
    std::optional<AnnotationText> annotation = annotation_of(token.in(text_));
    if (!annotation) return {};
    bool known = is_known_annotation(annotation->word, options_);
    if (statement_begin_) {
      if (!known) return {};
      return fault(token.begin,
                   concat({"\"@", annotation->word,
                           "\" inside a statement; is the semicolon before it "
                           "missing?"}));
    }
    if (!known)
      return fault(token.begin,
                   concat({"unknown annotation \"@", annotation->word, "\"",
                           did_you_mean(annotation->word, options_)}));
    return take_annotation(*annotation, token.begin);
  }

  bool first_on_its_line(std::size_t offset) const {
    while (offset > 0 && text_[offset - 1] != '\n') {
      char c = text_[--offset];
      if (c != ' ' && c != '\t' && c != '\r') return false;
    }
    return true;
  }

  // --- annotations ---

  Result<void> take_annotation(const AnnotationText& annotation,
                               std::size_t offset) {
    std::string_view word = annotation.word;
    if (!method_of(word).empty())
      return begin_section(method_of(word), annotation.text, offset);
    if (std::optional<ResultShape> shape = shape_of(word))
      return expect_result(*shape, annotation, offset);
    if (word == "status") return set_status(annotation.text, offset);
    if (word == "header") return add_header(annotation.text, offset);
    if (word == "token") return set_token(annotation.text, offset);
    if (word == "session") return set_session(annotation.text, offset);
    section().extras.push_back({.word = std::string(word),
                                .text = std::string(annotation.text),
                                .line = line_of(offset),
                                .before = section().statements.size()});
    return {};
  }

  Result<void> expect_result(ResultShape shape,
                             const AnnotationText& annotation,
                             std::size_t offset) {
    if (expected_) return fault(expected_->offset, no_statement_follows());
    if (!annotation.text.empty() && !is_result_name(annotation.text))
      return fault(
          offset, concat({"\"", annotation.text, "\" is no name of a result"}));
    if (shape == ResultShape::exec && !annotation.text.empty())
      return fault(offset, "\"@exec\" has no result to name");
    expected_ = Expected{.shape = shape,
                         .word = std::string(annotation.word),
                         .name = std::string(annotation.text),
                         .offset = offset};
    return {};
  }

  Result<void> set_status(std::string_view text, std::size_t offset) {
    bool digits =
        text.size() == 3 && text[0] >= '2' && text[0] <= '5' &&
        std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (!digits)
      return fault(offset, "expected \"@status 200\" to \"@status 599\"");
    if (section().status != 0) return fault(offset, "\"@status\" is duplicate");
    section().status =
        (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    return {};
  }

  Result<void> add_header(std::string_view text, std::size_t offset) {
    Result<HeaderTemplate> header = parse_header_template(text);
    if (!header.ok()) return fault(offset, header.error().message);
    section().headers.push_back(std::move(header).value());
    places_.headers.push_back(offset);
    return {};
  }

  Result<void> set_token(std::string_view text, std::size_t offset) {
    if (section().token_s) return fault(offset, "\"@token\" is duplicate");
    section().token_s = parse_duration_s(text);
    if (!section().token_s)
      return fault(offset, "expected a life time as in \"@token 1h\"");
    places_.token = offset;
    return {};
  }

  // "@session" or "@session end".
  Result<void> set_session(std::string_view text, std::size_t offset) {
    if (places_.session) return fault(offset, "\"@session\" is duplicate");
    places_.session = offset;
    if (!text.empty() && text != "end")
      return fault(offset, "expected \"@session\" or \"@session end\"");
    section().ends_session = text == "end";
    section().begins_session = text.empty();
    return {};
  }

  // --- sections ---

  Result<void> begin_section(std::string_view method, std::string_view name,
                             std::size_t offset) {
    if (!name.empty() && !(options_.section_names && is_result_name(name)))
      return fault(offset, concat({"unexpected \"", name, "\" after \"@",
                                   ascii_lower(method), "\""}));
    for (const FileSection& other : file_.sections)
      if (other.method == method && other.name == name)
        return fault(offset, concat({"a second section \"@",
                                     ascii_lower(method), "\""}));
    if (section().method.empty()) {
      if (!is_untouched())
        return fault(offset,
                     "statements and annotations of a file with "
                     "sections stand inside them");
      file_.sections.pop_back();
    } else {
      Result<void> ended = end_section();
      if (!ended.ok()) return ended;
    }
    FileSection& added = file_.sections.emplace_back();
    added.method = std::string(method);
    added.name = std::string(name);
    added.line = line_of(offset);
    places_.section = offset;
    return {};
  }

  bool is_untouched() {
    const FileSection& first = section();
    return first.statements.empty() && first.headers.empty() &&
           first.extras.empty() && first.status == 0 && !first.token_s &&
           !places_.session && !expected_;
  }

  Result<void> end_section() {
    if (expected_) return fault(expected_->offset, no_statement_follows());
    std::optional<SqlFault> found = check_section(section(), places_);
    if (found) return fault(found->offset, found->message);
    places_ = {};
    return {};
  }

  // --- statements ---

  Result<void> end_statement(std::size_t end) {
    std::span<const SqlToken> tokens(tokens_);
    tokens = tokens.subspan(*statement_begin_, end - *statement_begin_);
    while (tokens.back().kind == SqlToken::Kind::line_comment ||
           tokens.back().kind == SqlToken::Kind::block_comment)
      tokens = tokens.first(tokens.size() - 1);
    std::size_t begin = tokens.front().begin;
    statement_begin_.reset();
    depth_ = 0;
    BindOutcome outcome = bind_params(text_, tokens);
    if (outcome.fault)
      return fault(outcome.fault->offset, outcome.fault->message);
    BoundStatement& bound = outcome.bound;
    SqlParse parse = parse_sql(bound.text);
    if (parse.fault)
      return fault(bound.source_offset(parse.fault->offset),
                   as_written(parse.fault->message, bound));
    StatementFacts facts = facts_of(parse.tree);
    if (facts.is_transaction_control)
      return fault(begin,
                   "a file's statements run in one transaction; it "
                   "cannot be begun or ended in SQL");
    if (facts.is_copy) return fault(begin, "COPY cannot be run here");
    return add_statement(std::move(bound), facts, begin);
  }

  Result<void> add_statement(BoundStatement bound, const StatementFacts& facts,
                             std::size_t begin) {
    bool has_rows = facts.rows != StatementFacts::Rows::no;
    bool is_sure = facts.rows == StatementFacts::Rows::yes;
    FileStatement statement{
        .line = line_of(begin),
        .shape = is_sure ? ResultShape::many : ResultShape::exec,
        .name = {},
        .text = std::move(bound.text),
        .params = section_params(bound),
        .facts = facts};
    if (expected_) {
      statement.shape = expected_->shape;
      statement.name = expected_->name;
      if (statement.shape != ResultShape::exec && !has_rows)
        return fault(begin, concat({"\"@", expected_->word,
                                    "\" but the statement returns no rows; add "
                                    "RETURNING, or use \"@exec\""}));
    }
    section().statements.push_back(std::move(statement));
    places_.statements.push_back(
        {.begin = begin, .annotated = expected_.has_value()});
    expected_.reset();
    return {};
  }

  std::vector<std::size_t> section_params(const BoundStatement& bound) {
    std::vector<FileParam>& params = section().params;
    std::vector<std::size_t> indices;
    for (std::size_t i = 0; i < bound.names.size(); i++) {
      FileParam param =
          param_of(bound.names[i], bound.required[i], line_of(bound.places[i]));
      auto same = std::ranges::find_if(params, [&](const FileParam& other) {
        return other.source == param.source && other.name == param.name;
      });
      indices.push_back(static_cast<std::size_t>(same - params.begin()));
      if (same == params.end())
        params.push_back(std::move(param));
      else if (param.required)
        same->required = true;
    }
    return indices;
  }

  // --- messages ---

  int line_of(std::size_t offset) const {
    auto end = text_.begin() +
               static_cast<std::ptrdiff_t>(std::min(offset, text_.size()));
    return 1 + static_cast<int>(std::count(text_.begin(), end, '\n'));
  }

  std::string no_statement_follows() const {
    return concat({"no statement follows \"@", expected_->word, "\""});
  }

  // The line with a caret below the place.
  std::string excerpt(std::size_t offset) const {
    std::size_t begin =
        offset == 0 ? std::string::npos : text_.rfind('\n', offset - 1);
    begin = begin == std::string::npos ? 0 : begin + 1;
    std::size_t end = std::min(text_.find('\n', offset), text_.size());
    std::string line = text_.substr(begin, end - begin);
    std::string caret;
    for (std::size_t i = begin; i < offset; i++) {
      bool is_tail = (static_cast<unsigned char>(text_[i]) & 0xc0) == 0x80;
      if (!is_tail) caret.push_back(text_[i] == '\t' ? '\t' : ' ');
    }
    return concat({line, "\n", caret, "^"});
  }

  Error fault(std::size_t offset, std::string_view message) const {
    offset = std::min(offset, text_.size());
    return {.code = "TRS021",
            .message = concat({file_.path, ":", std::to_string(line_of(offset)),
                               ": ", message}),
            .details = excerpt(offset)};
  }

  struct Expected {
    ResultShape shape;
    std::string word;
    std::string name;
    std::size_t offset;
  };

  HandlerFile& file_;
  const std::string& text_;
  const HandlerFileOptions& options_;
  std::vector<SqlToken> tokens_;
  std::optional<std::size_t> statement_begin_;  // index of a token
  std::size_t depth_ = 0;                       // of parentheses
  std::optional<Expected> expected_;  // the next statement's annotation
  SectionPlaces places_;              // of the present section
};

}  // namespace

Result<HandlerFile> parse_handler_file(std::string path,
                                       const std::string& text,
                                       const HandlerFileOptions& options) {
  HandlerFile file;
  file.path = std::move(path);
  Result<void> parsed = Parser(file, text, options).run();
  if (!parsed.ok()) return std::move(parsed).error();
  return file;
}

}  // namespace trestle
