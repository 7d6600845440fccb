#include "pg/cancel.h"

#include <array>

namespace trestle::pg {
namespace {

struct FreeCancel {
  void operator()(PGcancel* cancel) const noexcept { PQfreeCancel(cancel); }
};

class CancelJob final : public Job {
 public:
  CancelJob(PGconn* connection, CancelTicketRef ticket)
      : cancel_(PQgetCancel(connection)), ticket_(std::move(ticket)) {}

  [[nodiscard]] bool usable() const { return cancel_ != nullptr; }

  // Whether the request arrived shows in what the query answers.
  void run() noexcept override {
    std::array<char, 256> problem{};
    (void)PQcancel(cancel_.get(), problem.data(),
                   static_cast<int>(problem.size()));
  }

  void done() noexcept override {
    ticket_->returned = true;
    if (ticket_->on_returned) ticket_->on_returned();
  }

 private:
  std::unique_ptr<PGcancel, FreeCancel> cancel_;
  CancelTicketRef ticket_;
};

}  // namespace

CancelTicketRef start_cancel(Loop& loop, PGconn* connection,
                             Callback on_returned) {
  auto ticket = std::make_shared<CancelTicket>();
  ticket->on_returned = on_returned;
  auto job = std::make_unique<CancelJob>(connection, ticket);
  if (!job->usable() || !loop.offload(std::move(job))) return nullptr;
  return ticket;
}

}  // namespace trestle::pg
