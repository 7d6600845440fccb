#include "graphql/documents.h"

#include <algorithm>

#include "base/text.h"
#include "graphql/hash.h"
#include "graphql/parser.h"
#include "graphql/validate.h"

namespace trestle::graphql {
namespace {

constexpr std::size_t kDocumentBytes = 8 * 1024 * 1024;
constexpr std::size_t kPersistedBytes = 4 * 1024 * 1024;

bool asks_introspection(const Document& document) {
  std::vector<Slice<Selection>> todo;
  for (const Operation& operation : document.operations)
    todo.push_back(operation.selections);
  for (const Fragment& fragment : document.fragments)
    todo.push_back(fragment.selections);
  while (!todo.empty()) {
    Slice<Selection> selections = todo.back();
    todo.pop_back();
    for (const Selection& s : selections) {
      if (s.name == "__schema" || s.name == "__type") return true;
      if (s.has_selections) todo.push_back(s.selections);
    }
  }
  return false;
}

}  // namespace

Documents::Documents(const GraphqlOptions& options)
    : options_(options),
      documents_(kDocumentBytes),
      persisted_(kPersistedBytes) {}

// By its hash, or by the hash of the text that was sent.
Outcome<std::string> Documents::trusted(const GraphqlRequest& request) {
  std::string hash = request.sha256.empty() ? sha256_hex(request.query)
                                            : ascii_lower(request.sha256);
  auto found = options_.trusted.find(hash);
  if (found == options_.trusted.end())
    return GraphqlError{.message = "the document is not a trusted one"};
  return found->second;
}

Outcome<std::string> Documents::text_of(const GraphqlRequest& request) {
  if (options_.trusted_only) return trusted(request);
  std::string text(request.query);
  if (request.sha256.empty()) return text;
  std::string hash = ascii_lower(request.sha256);
  if (text.empty()) {
    if (Outcome<std::string> known = trusted(request); known.ok()) return known;
    std::optional<std::string> known = persisted(hash);
    if (!known)
      return GraphqlError{.message = "PersistedQueryNotFound",
                          .code = "PERSISTED_QUERY_NOT_FOUND"};
    return *std::move(known);
  }
  if (sha256_hex(text) != hash)
    return GraphqlError{.message = "provided sha does not match query",
                        .code = code::kNotSupported};
  if (persisted_.find(hash) != nullptr) return text;
  persisted_.put(hash, text, text.size());
  if (options_.persisted != nullptr) options_.persisted->put(hash, text);
  return text;
}

std::optional<std::string> Documents::persisted(const std::string& hash) {
  if (const std::string* known = persisted_.find(hash)) return *known;
  if (options_.persisted == nullptr) return std::nullopt;
  std::optional<std::string> known = options_.persisted->find(hash);
  if (known) persisted_.put(hash, *known, known->size());
  return known;
}

DocumentRef Documents::read(const Schema& schema, std::string_view scope,
                            std::string_view text) {
  std::string key = concat({scope, std::string_view("\0", 1), text});
  if (const DocumentRef* known = documents_.find(key)) return *known;
  auto cached = std::make_shared<CachedDocument>();
  cached->source = text;
  Outcome<Document> parsed =
      parse_document(cached->source, cached->arena,
                     {.max_tokens = options_.limits.max_tokens});
  if (!parsed.ok()) {
    cached->errors.push_back(parsed.error());
  } else {
    cached->document = *parsed;
    cached->introspects = asks_introspection(cached->document);
    if (auto error = check_limits(cached->document, options_.limits))
      cached->errors.push_back(std::move(*error));
    else
      cached->errors = validate(schema, cached->document);
  }
  DocumentRef ref = std::move(cached);
  documents_.put(key, ref, ref->bytes());
  return ref;
}

const Operation* find_operation(const Document& document,
                                std::string_view name) {
  if (name.empty())
    return document.operations.size() == 1 ? &document.operations[0] : nullptr;
  for (const Operation& operation : document.operations)
    if (operation.name == name) return &operation;
  return nullptr;
}

GraphqlError no_operation(std::string_view name) {
  if (name.empty())
    return {.message =
                "exactly one operation has to be present in the document when "
                "operationName is not specified"};
  return {.message = concat(
              {"no such operation found in the document: \"", name, "\""})};
}

bool may_introspect(const GraphqlOptions& options, std::string_view role) {
  if (!options.introspection_roles) return true;
  const std::vector<std::string>& may = *options.introspection_roles;
  return std::find(may.begin(), may.end(), role) != may.end();
}

}  // namespace trestle::graphql
