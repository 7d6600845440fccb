// Judges documents as a server would: reads a schema file (argument) and, on
// standard input, one JSON text per line, each a document as a string. Answers
// one line for each: "ok", or why the document is refused.
#include <cstdio>
#include <iterator>
#include <string>

#include "graphql/parser.h"
#include "graphql/schema_file.h"
#include "graphql/validate.h"
#include "graphql/variables.h"

using namespace trestle;
using namespace trestle::graphql;

namespace {

std::string read_all(std::FILE* file) {
  std::string text;
  char buffer[65536];
  while (std::size_t n = std::fread(buffer, 1, sizeof buffer, file))
    text.append(buffer, n);
  return text;
}

std::string judge(const Schema& schema, std::string_view line) {
  Arena arena;
  Outcome<Value> text = parse_json_value(line, arena);
  if (!text.ok()) return text.error().message;
  Outcome<Document> document = parse_document(text->text, arena);
  if (!document.ok()) return document.error().message;
  if (document->operations.empty() && document->fragments.empty())
    return "no operation";
  std::vector<GraphqlError> errors = validate(schema, *document);
  return errors.empty() ? "ok" : errors[0].message;
}

}  // namespace

int main(int argc, char** argv) {
  std::FILE* file = argc == 2 ? std::fopen(argv[1], "r") : nullptr;
  if (file == nullptr) return std::fprintf(stderr, "usage: judge SCHEMA\n"), 2;
  std::string source = read_all(file);
  std::fclose(file);
  Arena arena;
  Outcome<Document> document = parse_document(source, arena);
  if (!document.ok())
    return std::fprintf(stderr, "%s\n", document.error().message.c_str()), 2;
  Outcome<std::unique_ptr<Schema>> schema = schema_of(*document);
  if (!schema.ok())
    return std::fprintf(stderr, "%s\n", schema.error().message.c_str()), 2;

  std::string input = read_all(stdin);
  std::size_t start = 0;
  for (std::size_t end; (end = input.find('\n', start)) != std::string::npos;
       start = end + 1) {
    std::string_view line(input.data() + start, end - start);
    std::printf("%s\n", judge(**schema, line).c_str());
  }
  return 0;
}
