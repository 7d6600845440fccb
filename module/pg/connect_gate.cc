#include "pg/connect_gate.h"

namespace trestle::pg {

ConnectGate::Ticket::Ticket(ConnectGate& gate, Callback on_turn)
    : gate_(gate), on_turn_(on_turn) {
  gate_.line_.push_back(this);
}

ConnectGate::Ticket::~Ticket() {
  const bool was_first = is_open();
  gate_.line_.remove(this);
  if (was_first && !gate_.line_.empty()) gate_.line_.front()->on_turn_();
}

}  // namespace trestle::pg
