// At most one connection of a process connects at a time: one step of SCRAM
// authentication computes for 2.5 ms, and sixteen of them in a row would freeze
// everything else the event loop serves. Shared by all pools of a process;
// whoever waits comes in turn. One that takes long is waiting itself, for a
// server or a name, and computes nothing: it gives its place up.
#pragma once

#include <list>

#include "base/callback.h"

namespace trestle::pg {

class ConnectGate {
 public:
  // A place in the line, held until destroyed. Its owner outlives it.
  class Ticket {
   public:
    // `on_turn` is called when it is this one's turn, never from inside the
    // constructor; see is_open().
    Ticket(ConnectGate& gate, Callback on_turn);
    ~Ticket();
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

    // Whether it is this one's turn.
    [[nodiscard]] bool is_open() const { return gate_.line_.front() == this; }

   private:
    friend class ConnectGate;
    ConnectGate& gate_;
    Callback on_turn_;
  };

 private:
  std::list<Ticket*> line_;  // the first one is connecting
};

}  // namespace trestle::pg
