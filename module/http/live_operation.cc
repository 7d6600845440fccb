#include "http/live_operation.h"

namespace trestle::http {

void LiveOperation::start() {
  run_ = std::make_unique<RequestRun>(
      place_, callback<&LiveOperation::on_run_over>(this));
  run_->start(*request_, identity_, live_, RequestRun::Mode::once);
}

void LiveOperation::follow() {
  RunPlace shared = place_;
  shared.written = nullptr;  // it is one visitor's, the query is not
  place_.runtime.live().queries().follow(*this, shared, std::move(request_),
                                         identity_, live_);
}

void LiveOperation::on_run_over() noexcept {
  std::unique_ptr<RequestRun> run = std::move(run_);
  if (run->declined()) return follow();
  owner_.on_last(run->answer());
}

void LiveOperation::on_answer(const AnswerBuffer& answer, bool last) {
  if (last) return owner_.on_last(answer);
  owner_.on_next(answer);
}

}  // namespace trestle::http
