// The commands of the plain dialect (live/dialect.h): channels, publishing and
// new tokens. They take their turn among the messages.
#include "auth/authenticator.h"
#include "base/text.h"
#include "frontend/settings.h"
#include "http/request_view.h"
#include "http/sql_session.h"

namespace trestle::http {

namespace {

using live::Command;
using live::MessageKind;

Error bad_topic() {
  return {.code = "TRS613",
          .http_status = 400,
          .message =
              "A channel's name has 1 to 255 bytes and no control "
              "characters"};
}

Error too_many_channels() {
  return {.code = "TRS614",
          .http_status = 429,
          .message = "This connection has joined as many channels as it may"};
}

Error may_not_join() {
  return {.code = "TRS615",
          .http_status = 403,
          .message = "The channel may not be joined"};
}

Error may_not_publish() {
  return {.code = "TRS616",
          .http_status = 403,
          .message = "Nothing may be published to the channel",
          .hint = "Join it first, at a location with on_join"};
}

Error not_joined() {
  return {.code = "TRS617",
          .http_status = 404,
          .message = "The channel has not been joined"};
}

Error too_many_subscriptions() {
  return {.code = "TRS633",
          .http_status = 429,
          .message = "This connection has as many subscriptions as it may"};
}

Error not_followed() {
  return {.code = "TRS634",
          .http_status = 404,
          .message = "There is no such subscription"};
}

Error no_url() {
  return {.code = "TRS636",
          .http_status = 400,
          .message =
              "What is followed is a path of this server, with its "
              "query string, encoded"};
}

Error too_large() {
  return {.code = "TRS618",
          .http_status = 413,
          .message = "The message is too large to be published",
          .hint = "Raise trestle_live_memory"};
}

}  // namespace

// True: it has been dealt with. False: a run is under way for it.
bool SqlSession::start_command(Command command) {
  switch (command.kind) {
    case Command::Kind::join:
      return start_join(std::move(command));
    case Command::Kind::leave:
      leave(command);
      return true;
    case Command::Kind::pub:
      publish(command);
      return true;
    case Command::Kind::track:
      track(command);
      return true;
    case Command::Kind::untrack:
      untrack(command);
      return true;
    case Command::Kind::sub:
      follow(command);
      return true;
    case Command::Kind::unsub:
      unfollow(command);
      return true;
    case Command::Kind::live:
      follow_url(command);
      return true;
    case Command::Kind::unlive:
      unfollow_url(command);
      return true;
    case Command::Kind::auth:
      take_token(command);
      return true;
    case Command::Kind::none:
      break;
  }
  return true;
}

std::string SqlSession::key_of(std::string_view topic) const {
  return topic_key(location_.database->name, topic);
}

void SqlSession::acknowledge(std::string_view id, std::string_view ref) {
  if (outlet_ != nullptr)
    outlet_->answer(MessageKind::text, live::ok_text(id, ref));
}

void SqlSession::refuse(const Error& error) {
  if (outlet_ != nullptr)
    outlet_->refuse(error, live::error_text(error, queue_.front().payload));
}

void SqlSession::take(const Command& command) {
  commands_only_ = true;
  static_cast<void>(on_message(MessageKind::text, live::command_text(command)));
}

bool SqlSession::start_join(Command command) {
  if (!live::is_topic(command.topic)) {
    refuse(bad_topic());
    return true;
  }
  if (subscriber_.topics() >= max_channels_ &&
      !subscriber_.joined(key_of(command.topic))) {
    refuse(too_many_channels());
    return true;
  }
  command_ = std::make_unique<Command>(std::move(command));
  if (!location_.functions.on_join) {
    finish_join(false);
    return true;
  }
  run(Step::join,
      live::call_join(*location_.functions.on_join, command_->topic,
                      peer_->json()),
      settings_);
  return false;
}

// What on_join has decided.
void SqlSession::take_join() {
  if (error_)
    refuse(*error_);
  else if (result_ == "t")
    finish_join(true);
  else
    refuse(may_not_join());
  command_.reset();
  drop_message();
}

// Everything behind the place that is told will be delivered, and with `since`
// everything between as well, or a resync.
void SqlSession::finish_join(bool may_publish) {
  if (outlet_ == nullptr) return;
  LiveBus& bus = *runtime_.live().bus();
  const std::string key = key_of(command_->topic);
  subscriber_.join(key, may_publish);
  // Pushed, so that a stream has its first id.
  const std::string id = bus.position().text();
  const std::string text = live::ok_text(id, command_->ref);
  live::OutMessage joined(MessageKind::text, text);
  outlet_->push(joined, id);
  if (!command_->since.empty()) {
    std::optional<live::EventId> since = live::EventId::parse(command_->since);
    if (!since || !bus.replay(key, *since, *outlet_))
      outlet_->answer(MessageKind::text, live::resync_text(command_->topic));
  }
  if (command_->presence) presence_in(command_->topic).watch();
  command_.reset();
}

void SqlSession::leave(const Command& command) {
  if (!subscriber_.leave(key_of(command.topic))) return refuse(not_joined());
  std::erase_if(presences_,
                [&](const auto& p) { return p->topic() == command.topic; });
  acknowledge({}, command.ref);
}

void SqlSession::publish(const Command& command) {
  const std::string key = key_of(command.topic);
  if (!subscriber_.may_publish(key)) return refuse(may_not_publish());
  std::optional<live::EventId> id =
      runtime_.live().bus()->publish(key, command.data);
  if (!id) return refuse(too_large());
  if (!command.ref.empty()) acknowledge(id->text(), command.ref);
}

// --- who is present ----------------------------------------------------------

PlainPresence& SqlSession::presence_in(std::string_view topic) {
  for (std::unique_ptr<PlainPresence>& presence : presences_)
    if (presence->topic() == topic) return *presence;
  presences_.push_back(std::make_unique<PlainPresence>(
      runtime_.live().presence(), location_.database->name, topic, *outlet_));
  return *presences_.back();
}

// Saying who one is takes the same right as saying anything else.
void SqlSession::track(const Command& command) {
  if (outlet_ == nullptr) return;
  if (!subscriber_.may_publish(key_of(command.topic)))
    return refuse(may_not_publish());
  presence_in(command.topic).track(command.data);
  if (!command.ref.empty()) acknowledge({}, command.ref);
}

void SqlSession::untrack(const Command& command) {
  for (std::unique_ptr<PlainPresence>& presence : presences_)
    if (presence->topic() == command.topic && presence->untrack()) {
      if (!command.ref.empty()) acknowledge({}, command.ref);
      return;
    }
  refuse(not_joined());
}

// A new token takes the place of the old one: claims, role and end.
void SqlSession::take_token(const Command& command) {
  Result<auth::Identity> identity =
      location_.database->auth->authenticate_token(command.token, now_s(),
                                                   runtime_.tokens());
  if (!identity.ok()) return refuse(identity.error());
  set_identity(*identity);
  acknowledge({}, command.ref);
}

void SqlSession::set_identity(const auth::Identity& identity) {
  peer_->set_identity(identity);
  identity_ = identity;
  authenticated_ = identity.authenticated();
  settings_.clear();
  for (Setting& setting : request_settings(identity, Request{}))
    if (setting.name == "role" || setting.name == "request.jwt.claims")
      settings_.push_back(std::move(setting));
  who_.watch(identity);
  for (std::unique_ptr<RowFollower>& follower : followers_)
    follower->renew(identity);
  for (std::unique_ptr<UrlFollower>& answer : answers_) answer->renew(identity);
}

bool SqlSession::has_room() {
  std::erase_if(followers_, [](const auto& f) { return f->ended(); });
  std::erase_if(answers_, [](const auto& f) { return f->ended(); });
  if (followers_.size() + answers_.size() < max_followed_) return true;
  refuse(too_many_subscriptions());
  return false;
}

// The answer comes from the follower, when it knows.
void SqlSession::follow(const Command& command) {
  if (outlet_ == nullptr || !has_room()) return;
  followers_.push_back(
      std::make_unique<RowFollower>(runtime_.rows(), *location_.database,
                                    command, max_rows_, identity_, *outlet_));
}

void SqlSession::unfollow(const Command& command) {
  const std::size_t gone = std::erase_if(followers_, [&](const auto& f) {
    return f->table() == command.topic &&
           (command.only.empty() || f->ref() == command.only);
  });
  if (gone == 0) return refuse(not_followed());
  acknowledge({}, command.ref);
}

void SqlSession::follow_url(const Command& command) {
  if (outlet_ == nullptr) return;
  if (!place_ || !UrlFollower::is_url(command.topic)) return refuse(no_url());
  if (!has_room()) return;
  answers_.push_back(std::make_unique<UrlFollower>(
      runtime_, *place_, *location_.database, command, identity_, *outlet_));
}

void SqlSession::unfollow_url(const Command& command) {
  std::erase_if(answers_, [](const auto& f) { return f->ended(); });
  const std::size_t gone = std::erase_if(answers_, [&](const auto& f) {
    return f->url() == command.topic &&
           (command.only.empty() || f->ref() == command.only);
  });
  if (gone == 0) return refuse(not_followed());
  acknowledge({}, command.ref);
}

}  // namespace trestle::http
