// From what a request gives to a document that was parsed, measured against the
// limits and validated: texts as sent, persisted or trusted, and what was made
// of them, kept between requests.
#pragma once

#include <string>
#include <string_view>

#include "graphql/document_cache.h"
#include "graphql/options.h"
#include "graphql/request.h"
#include "graphql/schema.h"

namespace trestle::graphql {

class Documents {
 public:
  // `options` outlives it.
  explicit Documents(const GraphqlOptions& options);

  // The text of a request's document.
  [[nodiscard]] Outcome<std::string> text_of(const GraphqlRequest& request);

  // The document of a text, valid or with its errors. `scope` tells schemas
  // apart.
  [[nodiscard]] DocumentRef read(const Schema& schema, std::string_view scope,
                                 std::string_view text);

  // Forgets what was validated; persisted texts stay.
  void clear() { documents_.clear(); }

 private:
  [[nodiscard]] Outcome<std::string> trusted(const GraphqlRequest& request);
  [[nodiscard]] std::optional<std::string> persisted(const std::string& hash);

  const GraphqlOptions& options_;
  LruCache<DocumentRef> documents_;  // by scope and text
  LruCache<std::string> persisted_;  // by SHA-256, before those of all
};

// The operation that a request means: the one of that name, or the only one.
// Null: there is none, and no_operation() says so.
[[nodiscard]] const Operation* find_operation(const Document& document,
                                              std::string_view name);
[[nodiscard]] GraphqlError no_operation(std::string_view name);

// Whether the role may ask __schema and __type.
[[nodiscard]] bool may_introspect(const GraphqlOptions& options,
                                  std::string_view role);

}  // namespace trestle::graphql
