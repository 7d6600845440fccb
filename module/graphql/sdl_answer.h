// Runs the steps of operations on a schema file, one behind the other, and puts
// their answers together. Where a step fails the operation's answer is that
// error, and no data: what other steps answered is not shown as if it were the
// whole. The next operation of a batch is run all the same.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "frontend/frontend.h"
#include "graphql/document_cache.h"
#include "graphql/request.h"
#include "graphql/sdl_planner.h"

namespace trestle::graphql {

// One operation under way.
struct SdlRun {
  DocumentRef document;
  Variables variables;
  SdlPlan plan;
  std::size_t next = 0;  // step
  // The whole answer, once it is known, and its status as the only one.
  std::string answer = {};
  int status = 200;
  std::string_view error_code = {};  // of its first error, a constant
};

// The operations of one message; their steps share it.
struct SdlBatch {
  Arena arena;  // of the message and the variables
  std::vector<SdlRun> runs;
  std::size_t current = 0;
  bool list = false;  // answered as one
  const Schema* schema = nullptr;
  ResponseSink* response = nullptr;
  Media media = Media::json;
  Settings settings;
};

// The work of the next step; nullopt: there is none and the answer is given.
[[nodiscard]] std::optional<Work> next_step(
    const std::shared_ptr<SdlBatch>& batch);

}  // namespace trestle::graphql
