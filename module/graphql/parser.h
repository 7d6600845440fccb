// Parses GraphQL documents by recursive descent with a limit on depth and
// tokens, so that no input can exhaust the stack or memory. The grammar is that
// of the October 2021 specification (appendix B).
#pragma once

#include <cstddef>
#include <string_view>

#include "base/arena.h"
#include "graphql/ast.h"
#include "graphql/error.h"

namespace trestle::graphql {

struct ParseLimits {
  std::size_t max_tokens = 10'000;
  std::size_t max_depth = 64;  // of nested braces, brackets and types
};

// `source` must be UTF-8 and, like the arena, outlive the document.
[[nodiscard]] Outcome<Document> parse_document(std::string_view source,
                                               Arena& arena,
                                               const ParseLimits& limits = {});

}  // namespace trestle::graphql
