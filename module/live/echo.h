// Sends every message back as it came: what trestle_live_echo does.
#pragma once

#include "live/session.h"

namespace trestle::live {

class EchoSession final : public Session {
 public:
  explicit EchoSession(Outlet& outlet) : outlet_(outlet) {}

  bool on_message(MessageKind kind, std::string_view payload) override {
    outlet_.answer(kind, payload);
    return true;
  }
  void on_end(std::uint16_t code) override { outlet_.close(code, {}); }
  void on_gone() override { delete this; }

 private:
  Outlet& outlet_;
};

}  // namespace trestle::live
