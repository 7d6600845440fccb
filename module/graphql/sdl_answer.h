// Runs the steps of an operation on a schema file, one behind the other, and
// puts its answer together. Where a step fails the answer is that error, and no
// data: what other steps answered is not shown as if it were the whole.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "frontend/frontend.h"
#include "graphql/document_cache.h"
#include "graphql/request.h"
#include "graphql/sdl_planner.h"

namespace trestle::graphql {

// One operation under way; its steps share it.
struct SdlRun {
  DocumentRef document;
  Arena arena;  // of the variables
  Variables variables;
  const Schema* schema = nullptr;
  SdlPlan plan;
  ResponseSink* response = nullptr;
  Media media = Media::json;
  Settings settings;
  std::size_t next = 0;  // step
};

// The work of the next step; nullopt: there is none and the answer is given.
[[nodiscard]] std::optional<Work> next_step(const std::shared_ptr<SdlRun>& run);

}  // namespace trestle::graphql
