// Who listens to what, in one worker: topics and their subscribers. Joining,
// leaving and a peer's end take constant time for each topic, however many
// listen.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "live/session.h"

namespace trestle::live {

class Hub;

// One peer's part in the hub. Leaves all topics when it is destroyed; must not
// outlive the hub.
class Subscriber {
 public:
  // `outlet` gets what is delivered, until detach().
  Subscriber(Hub& hub, Outlet& outlet) : hub_(hub), outlet_(&outlet) {}
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  // `may_publish`: what was decided at the join. Joining again changes only
  // that.
  void join(std::string_view topic, bool may_publish);
  // False: it was not there.
  bool leave(std::string_view topic);
  void leave_all();
  // The outlet is no more; what was allowed stays allowed.
  void detach() { outlet_ = nullptr; }

  [[nodiscard]] bool joined(std::string_view topic) const;
  [[nodiscard]] bool may_publish(std::string_view topic) const;
  [[nodiscard]] std::size_t topics() const { return memberships_.size(); }

 private:
  friend class Hub;
  struct Topic;
  struct Membership {
    Topic* topic;
    std::size_t index;  // of ours among the topic's members
    bool may_publish;
  };

  [[nodiscard]] const Membership* find(std::string_view topic) const;
  void drop(std::size_t slot);

  Hub& hub_;
  Outlet* outlet_;
  std::vector<Membership> memberships_;
};

class Hub {
 public:
  Hub();
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Pushes to all who have joined the topic; how many they are.
  std::size_t deliver(std::string_view topic, OutMessage& message,
                      std::string_view id);

  [[nodiscard]] std::size_t subscribers(std::string_view topic) const;
  [[nodiscard]] std::size_t topics() const { return topics_.size(); }
  // The names of all topics that somebody listens to.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  friend class Subscriber;
  using Topic = Subscriber::Topic;

  [[nodiscard]] Topic& topic(std::string_view name);

  // Looked up by views of the names that the topics own.
  std::unordered_map<std::string_view, std::unique_ptr<Topic>> topics_;
};

}  // namespace trestle::live
