// Whether the peer of a WebSocket is still there, asked once in each interval
// of pings. Pure: the clock and the frames are the caller's.
#pragma once

namespace trestle::live {

class Heartbeat {
 public:
  // Since the last beat: bytes of the peer's have come, bytes of ours have
  // gone.
  void note_heard() { heard_ = true; }
  void note_wrote() { wrote_ = true; }

  // False: the peer is gone. It has not read for two intervals, or has been
  // silent since a Ping went out. True: the next Ping is to go out. `waits`:
  // bytes of ours do; `listens`: a peer that is not read cannot be heard.
  [[nodiscard]] bool beat(bool waits, bool listens) {
    const bool stalled = waits && !wrote_;
    const bool silent = pinged_ && !heard_ && listens;
    if ((stalled && stalled_) || silent) return false;
    stalled_ = stalled;
    heard_ = wrote_ = false;
    pinged_ = true;
    return true;
  }

 private:
  bool heard_ = false;
  bool wrote_ = false;
  bool stalled_ = false;  // in the last interval
  bool pinged_ = false;   // a Ping has gone out
};

}  // namespace trestle::live
