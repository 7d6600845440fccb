#include "frontend/frontend.h"

#include "frontend/errors.h"

namespace trestle {

void Frontend::refuse(const Request& request, const Error& error,
                      ResponseSink& response) const {
  static_cast<void>(request);
  answer_error(response, error);
}

}  // namespace trestle
