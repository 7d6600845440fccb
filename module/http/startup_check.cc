#include "http/startup_check.h"

#include <algorithm>

#include "base/text.h"
#include "http/runtime.h"

namespace trestle::http {

namespace {

// While the database is away.
constexpr pg::Milliseconds kFirstPause = 2'000;
constexpr pg::Milliseconds kLongestPause = 120'000;

// The visitor's role: it may look into the schemas that pages use.
Settings settings_of(const Database& database) {
  if (database.auth == nullptr) return {};
  Result<auth::Identity> visitor = database.auth->anonymous();
  if (!visitor.ok() || visitor->role.empty()) return {};
  return {{.name = "role", .value = visitor->role}};
}

}  // namespace

StartupCheck::StartupCheck(Runtime& runtime,
                           const std::vector<CheckedFrontend>& all)
    : runtime_(runtime),
      all_(all),
      pause_(kFirstPause),
      timer_(runtime.loop().make_timer(callback<&StartupCheck::on_timer>(this),
                                       pg::Loop::TimerKind::idle)) {}

void StartupCheck::start() {
  if (!all_.empty()) timer_->start(0);
}

void StartupCheck::stop() {
  timer_->stop();
  run_.reset();
}

// Each step in a turn of its own: a run is not destroyed inside its last call.
void StartupCheck::on_timer() noexcept {
  run_.reset();
  try {
    describe_next();
  } catch (const std::exception& e) {
    runtime_.loop().log(pg::Loop::Level::error, e.what());
  }
}

void StartupCheck::describe_next() {
  while (current_ < all_.size()) {
    if (descriptions_.empty())
      statements_ = all_[current_].frontend->statements();
    if (descriptions_.size() < statements_.size()) break;
    tell();
    descriptions_.clear();
    current_++;
  }
  if (current_ == all_.size()) return;
  const Database& database = *all_[current_].database;
  Plan plan{
      .statements = {{.sql = statements_[descriptions_.size()], .params = {}}},
      .access = Access::read,
      .effects = Effects::clean,
      .isolation = {},
      .describes = true};
  description_ = {};
  std::unique_ptr<pg::Run> run = runtime_.pool(database).submit(
      std::move(plan), settings_of(database), *this);
  run_ = std::move(run);
}

void StartupCheck::on_columns(std::size_t,
                              std::span<const ResultColumn> columns) {
  for (const ResultColumn& column : columns)
    description_.columns.push_back(column.name);
}

void StartupCheck::on_done() {
  pause_ = kFirstPause;
  descriptions_.push_back(std::move(description_));
  timer_->start(0);
}

void StartupCheck::on_error(const RunError& error) {
  if (error.kind != RunError::Kind::database) {
    timer_->start(pause_);
    pause_ = std::min(2 * pause_, kLongestPause);
    return;
  }
  description_.error = error;
  on_done();
}

void StartupCheck::tell() {
  const CheckedFrontend& one = all_[current_];
  for (const std::string& mistake : one.frontend->mistakes(descriptions_))
    runtime_.loop().log(pg::Loop::Level::warn, mistake);
}

}  // namespace trestle::http
