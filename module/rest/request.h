// The first stage: what a message asks, read from method, path, headers, query
// string and body. Refuses what is wrong in itself; the catalog comes later.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/http_message.h"
#include "base/result.h"
#include "rest/body.h"
#include "rest/config.h"
#include "rest/media.h"
#include "rest/precondition.h"
#include "rest/preferences.h"
#include "rest/query_string.h"

namespace trestle::rest {

enum class Action {
  read,    // GET, HEAD of a relation
  insert,  // POST
  update,  // PATCH
  put,     // PUT: upsert of one row
  remove,  // DELETE
  call,    // /rpc/name
  root,    // the API's description
  info,    // OPTIONS
};

struct ApiRequest {
  Action action = Action::read;
  bool head = false;       // no body in the answer
  bool read_only = false;  // GET and HEAD
  bool function = false;   // the resource is a function
  std::string method;
  std::string name;  // of the relation or function; empty: the root
  std::string schema;
  bool profile_given = false;  // the schema was chosen by a header
  Query query;
  // Rows of the root level: limit and offset cut by the Range header.
  Range range;
  Preferences preferences;
  std::vector<MediaType> accept;
  bool shows_sql = false;  // a developer asks for the statements
  MediaType content_type;
  Body body;
  Precondition precondition;  // where the location has ETags
};

// Query string and body, taken apart and checked for themselves.
struct RequestParts {
  QueryParameters query;
  MediaType content_type;
  std::optional<Result<Body>> body;  // when the action takes one
};

// What method and path say.
Result<ApiRequest> begin_request(const Request& message,
                                 const RestConfig& config);
Result<RequestParts> take_apart(const Request& message,
                                const ApiRequest& begun);
// The rest. `parts` are spent.
Result<ApiRequest> finish_request(const Request& message,
                                  const RestConfig& config, ApiRequest begun,
                                  RequestParts parts);

}  // namespace trestle::rest
