#include "sql/sql_writer.h"

#include <cassert>

#include "base/json.h"

namespace trestle {

void append_identifier(std::string& out, std::string_view name) {
  out.push_back('"');
  for (char c : name) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

void append_constant(std::string& out, std::string_view text) {
  // With E a backslash always means the same.
  if (text.find('\\') != std::string_view::npos) out.push_back('E');
  out.push_back('\'');
  for (char c : text) {
    if (c == '\'' || c == '\\') out.push_back(c);
    out.push_back(c);
  }
  out.push_back('\'');
}

SqlWriter& SqlWriter::raw(Literal text) {
  text_.append(text.view());
  return *this;
}

SqlWriter& SqlWriter::ident(std::string_view name) {
  append_identifier(text_, name);
  return *this;
}

SqlWriter& SqlWriter::qualified(std::string_view schema,
                                std::string_view name) {
  append_identifier(text_, schema);
  text_.push_back('.');
  append_identifier(text_, name);
  return *this;
}

SqlWriter& SqlWriter::param(Param value, Oid type, int origin) {
  params_.push_back(std::move(value));
  types_.push_back(type);
  origins_.push_back(origin);
  text_.push_back('$');
  append_number(text_, static_cast<std::int64_t>(params_.size()));
  return *this;
}

SqlWriter& SqlWriter::constant(std::string_view text) {
  append_constant(text_, text);
  return *this;
}

SqlWriter& SqlWriter::number(std::int64_t value) {
  append_number(text_, value);
  return *this;
}

SqlWriter& SqlWriter::catalog_text(std::string_view text) {
  text_.append(text);
  return *this;
}

SqlWriter& SqlWriter::file_text(std::string_view text) {
  text_.append(text);
  return *this;
}

SqlWriter& SqlWriter::part(const SqlWriter& other) {
  assert(other.params_.empty());
  text_.append(other.text_);
  return *this;
}

Statement SqlWriter::finish(std::string_view scope) && {
  return {.sql = make_sql(std::move(text_), std::move(types_), scope),
          .params = std::move(params_)};
}

}  // namespace trestle
