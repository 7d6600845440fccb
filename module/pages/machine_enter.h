// Internal to the machine: where it was, while another routine runs.
#pragma once

#include "pages/machine.h"

namespace trestle::pages {

// Remembers where the machine was, and takes it back there.
class Machine::Enter {
 public:
  explicit Enter(Machine& m)
      : m_(m),
        program_(m.program_),
        where_(m.where_),
        parent_(m.parent_),
        autoescape_(m.autoescape_) {}
  ~Enter() {
    m_.program_ = program_;
    m_.where_ = where_;
    m_.parent_ = parent_;
    m_.autoescape_ = autoescape_;
  }

 private:
  Machine& m_;
  const Program* program_;
  const Node* where_;
  const Program* parent_;
  bool autoescape_;
};

}  // namespace trestle::pages
