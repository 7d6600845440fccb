#include "live/hub.h"

namespace trestle::live {

struct Subscriber::Topic {
  struct Member {
    Subscriber* subscriber;
    std::size_t slot;  // of this topic among the subscriber's memberships
  };
  std::string name;
  std::vector<Member> members;
};

Subscriber::~Subscriber() { leave_all(); }

const Subscriber::Membership* Subscriber::find(std::string_view topic) const {
  for (const Membership& membership : memberships_)
    if (membership.topic->name == topic) return &membership;
  return nullptr;
}

void Subscriber::join(std::string_view topic, bool may_publish) {
  if (const Membership* there = find(topic); there != nullptr) {
    memberships_[static_cast<std::size_t>(there - memberships_.data())]
        .may_publish = may_publish;
    return;
  }
  Topic& joined = hub_.topic(topic);
  joined.members.push_back({this, memberships_.size()});
  memberships_.push_back({&joined, joined.members.size() - 1, may_publish});
}

bool Subscriber::leave(std::string_view topic) {
  const Membership* there = find(topic);
  if (there == nullptr) return false;
  drop(static_cast<std::size_t>(there - memberships_.data()));
  return true;
}

void Subscriber::leave_all() {
  while (!memberships_.empty()) drop(memberships_.size() - 1);
}

bool Subscriber::joined(std::string_view topic) const {
  return find(topic) != nullptr;
}

bool Subscriber::may_publish(std::string_view topic) const {
  const Membership* there = find(topic);
  return there != nullptr && there->may_publish;
}

// Both lists close their gap with their last entry, which is told its new
// place.
void Subscriber::drop(std::size_t slot) {
  const Membership gone = memberships_[slot];
  Topic& topic = *gone.topic;

  Topic::Member& last_member = topic.members.back();
  last_member.subscriber->memberships_[last_member.slot].index = gone.index;
  topic.members[gone.index] = last_member;
  topic.members.pop_back();

  if (slot + 1 != memberships_.size()) {
    memberships_[slot] = memberships_.back();
    memberships_[slot].topic->members[memberships_[slot].index].slot = slot;
  }
  memberships_.pop_back();
  if (topic.members.empty()) hub_.topics_.erase(topic.name);
}

Hub::Hub() = default;
Hub::~Hub() = default;

Hub::Topic& Hub::topic(std::string_view name) {
  auto found = topics_.find(name);
  if (found == topics_.end()) {
    auto made = std::make_unique<Topic>();
    made->name = name;
    const std::string_view key = made->name;
    found = topics_.emplace(key, std::move(made)).first;
  }
  return *found->second;
}

std::size_t Hub::deliver(std::string_view topic, OutMessage& message,
                         std::string_view id) {
  auto found = topics_.find(topic);
  if (found == topics_.end()) return 0;
  for (const Topic::Member& member : found->second->members)
    if (Outlet* outlet = member.subscriber->outlet_; outlet != nullptr)
      outlet->push(message, id);
  return found->second->members.size();
}

std::size_t Hub::subscribers(std::string_view topic) const {
  auto found = topics_.find(topic);
  return found == topics_.end() ? 0 : found->second->members.size();
}

std::vector<std::string> Hub::names() const {
  std::vector<std::string> names;
  names.reserve(topics_.size());
  for (const auto& [name, topic] : topics_) names.emplace_back(name);
  return names;
}

}  // namespace trestle::live
