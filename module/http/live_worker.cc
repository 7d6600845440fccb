#include "http/live_worker.h"

namespace trestle::http {

LiveWorker::~LiveWorker() {
  while (peers_ != nullptr) peers_->let_go();
}

void LiveWorker::add(LivePeer& peer) {
  connections_++;
  peer.next_ = peers_;
  peer.previous_ = nullptr;
  if (peers_ != nullptr) peers_->previous_ = &peer;
  peers_ = &peer;
}

void LiveWorker::remove(LivePeer& peer) {
  connections_--;
  if (peer.next_ != nullptr) peer.next_->previous_ = peer.previous_;
  (peer.previous_ != nullptr ? peer.previous_->next_ : peers_) = peer.next_;
}

}  // namespace trestle::http
