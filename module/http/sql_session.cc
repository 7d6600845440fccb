#include "http/sql_session.h"

#include <algorithm>

#include "base/text.h"
#include "frontend/errors.h"
#include "frontend/settings.h"
#include "http/request_view.h"

namespace trestle::http {

namespace {

using live::MessageForm;
using live::MessageKind;
namespace close_code = live::close_code;

// Messages and bytes that may wait behind the one under way.
constexpr std::size_t kMaxWaiting = 64;
constexpr std::size_t kMaxWaitingBytes = 256 * 1024;

constexpr std::uint16_t kOver = 4401;

// The code of a Close that follows an error of that HTTP status: one that SQL
// or authentication chose goes into the range of applications (RFC 6455 7.4.2).
std::uint16_t close_code_of(int status) {
  if (status >= 400 && status < 500)
    return static_cast<std::uint16_t>(4000 + status);
  return close_code::kInternalError;
}

Error no_messages() {
  return {.code = "TRS612",
          .http_status = 400,
          .message = "This location handles no messages but commands"};
}

}  // namespace

SqlSession::SqlSession(Runtime& runtime, const LiveLocation& location,
                       live::Outlet& outlet, const LocationConf& conf)
    : runtime_(runtime),
      location_(location),
      outlet_(&outlet),
      query_timeout_(conf.query_timeout),
      max_channels_(conf.live_channels),
      max_followed_(conf.live_subscriptions),
      max_rows_(conf.live_rows),
      subscriber_(runtime.live().hub(), outlet),
      who_(runtime, *location.database, callback<&SqlSession::on_over>(this)),
      owner_(this) {
  turn_.data = &owner_;
  turn_.handler = on_turn;
  turn_.log = ngx_cycle->log;
  runtime_.add(*this);
  linked_ = true;
}

SqlSession::~SqlSession() {
  if (turn_.posted) {
    ngx_delete_posted_event(&turn_);
  }
  run_.reset();
  followers_.clear();
  if (linked_) runtime_.remove(*this);
}

void SqlSession::begin(const auth::Identity& identity, const Request& request,
                       std::string_view address) {
  peer_.emplace(runtime_.live().new_id(), identity, request, address);
  open_settings_ = request_settings(identity, request);
  for (const Setting& setting : open_settings_)
    if (setting.name == "role" || setting.name == "request.jwt.claims")
      settings_.push_back(setting);
  identity_ = identity;
  authenticated_ = identity.authenticated();
  opening_ = location_.functions.on_open.has_value();
  closing_ = location_.functions.on_close.has_value();
  if (!opening_) Settings().swap(open_settings_);
  who_.watch(identity);
  post_turn();
}

void SqlSession::on_over() noexcept {
  if (outlet_ != nullptr) outlet_->close(kOver, who_.reason());
}

// --- the connection ----------------------------------------------------------

bool SqlSession::queue_is_full() const {
  return queue_.size() > kMaxWaiting || queue_bytes_ > kMaxWaitingBytes;
}

bool SqlSession::on_message(MessageKind kind, std::string_view payload) {
  queue_.push_back({kind, std::string(payload)});
  queue_bytes_ += payload.size();
  post_turn();
  stopped_ = queue_is_full();
  return !stopped_;
}

void SqlSession::on_end(std::uint16_t code) {
  ending_ = true;
  end_code_ = code;
  post_turn();
}

void SqlSession::on_gone() {
  outlet_ = nullptr;
  subscriber_.detach();
  followers_.clear();
  answers_.clear();
  presences_.clear();
  who_.stop();
  if (Runtime::get() == nullptr) {  // the worker ends at once
    delete this;
    return;
  }
  // A connection that was never opened for SQL is not closed for it either.
  if (opening_) closing_ = false;
  opening_ = false;
  post_turn();
}

void SqlSession::let_go() noexcept {
  linked_ = false;
  delete this;
}

// --- turns -------------------------------------------------------------------

void SqlSession::post_turn() {
  if (!turn_.posted) {
    ngx_post_event(&turn_, &ngx_posted_events);
  }
}

void SqlSession::on_turn(ngx_event_t* event) noexcept {
  auto* self = EventOwner::of<SqlSession>(event);
  guard(event->log, [&] { self->go_on(); });
}

// Ends the step whose run is over and starts the next; deletes this when there
// is nothing left to do for a connection that has gone.
void SqlSession::go_on() {
  while (true) {
    if (step_ != Step::none) {
      if (!over_) return;
      run_.reset();  // (3)
      end_step();
    }
    if (opening_) {
      opening_ = false;
      Settings settings;
      settings.swap(open_settings_);
      run(Step::open,
          live::call_with_session(*location_.functions.on_open, peer_->json()),
          std::move(settings));
    } else if (!queue_.empty()) {
      start_message();
    } else if (outlet_ == nullptr && closing_) {
      closing_ = false;
      run(Step::close,
          live::call_with_session(*location_.functions.on_close, peer_->json()),
          settings_);
    } else {
      break;
    }
  }
  if (outlet_ == nullptr) {
    delete this;
  } else if (ending_) {
    outlet_->close(end_code_, {});
  }
}

void SqlSession::start_message() {
  std::optional<MessageForm> form = runtime_.live().form_of(location_);
  if (commands_only_ || !location_.functions.on_message) {
    form = MessageForm::json;
  } else if (!form) {
    return run(Step::lookup, live::lookup_form(*location_.functions.on_message),
               {});
  }
  if (*form == MessageForm::json) {
    live::Command command = live::parse_command(queue_.front().payload);
    if (command.kind != live::Command::Kind::none) {
      if (start_command(std::move(command))) drop_message();
      return;
    }
  }
  if (!location_.functions.on_message) {
    refuse(no_messages());
    return drop_message();
  }
  call_handler(*form);
}

void SqlSession::call_handler(MessageForm form) {
  const Pending& next = queue_.front();
  std::optional<Statement> statement =
      live::call_message(*location_.functions.on_message, form, next.kind,
                         next.payload, peer_->json());
  if (!statement) {
    if (outlet_ != nullptr)
      outlet_->close(close_code::kUnsupportedData,
                     "this location takes text messages");
    return drop_message();
  }
  run(Step::message, std::move(*statement), settings_);
}

void SqlSession::run(Step step, Statement statement, Settings settings) {
  step_ = step;
  over_ = false;
  result_.reset();
  found_form_.reset();
  error_.reset();
  Plan plan;
  plan.statements.push_back(std::move(statement));
  if (step == Step::lookup) {
    plan.access = Access::read;
    plan.effects = Effects::clean;
  }
  run_ = runtime_.pool(*location_.database)
             .submit(std::move(plan), std::move(settings), *this,
                     {.query_timeout = query_timeout_});
}

bool SqlSession::on_row(std::size_t, std::span<const Cell> cells) {
  if (cells.empty() || is_null(cells[0])) return true;
  if (step_ == Step::lookup) {
    if (!found_form_) found_form_ = live::form_of(cells[0]);
  } else if (!result_) {
    result_ = std::string(cells[0]);
  }
  return true;
}

void SqlSession::on_done() {
  over_ = true;
  post_turn();
}

void SqlSession::on_error(const RunError& error) {
  const Access access = step_ == Step::lookup ? Access::read : Access::write;
  error_ = error_of(error, access, authenticated_);
  if (error_->http_status >= 500) {
    ngx_str_t text = borrow(error.message);
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "trestle: live: %V", &text);
  }
  // The function may have been replaced by one of the other form.
  if (error.sqlstate == "42883") runtime_.live().forget_form(location_);
  over_ = true;
  post_turn();
}

void SqlSession::end_step() {
  const Step step = step_;
  step_ = Step::none;
  if (step == Step::open) take_open();
  if (step == Step::lookup) take_lookup();
  if (step == Step::message) take_message();
  if (step == Step::join) take_join();
}

// --- results -----------------------------------------------------------------

void SqlSession::take_open() {
  if (!error_) {
    if (result_) peer_->set_state(std::move(*result_));
    return;
  }
  // Refused: what the client has sent meanwhile is not handled.
  closing_ = false;
  queue_.clear();
  queue_bytes_ = 0;
  if (outlet_ != nullptr)
    outlet_->close(close_code_of(error_->http_status), error_->message);
}

void SqlSession::take_lookup() {
  if (found_form_) {
    runtime_.live().set_form(location_, *found_form_);
    return;
  }
  if (!error_)
    error_ = Error{.code = "TRS611",
                   .http_status = 500,
                   .message =
                       "on_message is no function of this database that takes "
                       "(jsonb, jsonb) or (bytea, text, jsonb)"};
  take_message();
}

void SqlSession::take_message() {
  if (outlet_ != nullptr) {
    const Pending& message = queue_.front();
    if (error_) {
      outlet_->answer(MessageKind::text,
                      live::error_text(*error_, message.payload));
    } else if (result_) {
      if (runtime_.live().form_of(location_) == MessageForm::bytes) {
        std::optional<std::string> bytes = live::hex_decode(*result_);
        if (bytes && (message.kind == MessageKind::binary || is_utf8(*bytes)))
          outlet_->answer(message.kind, *bytes);
        else
          outlet_->close(close_code::kInternalError, "answer is not UTF-8");
      } else {
        outlet_->answer(MessageKind::text, *result_);
      }
    }
  }
  drop_message();
}

void SqlSession::drop_message() {
  queue_bytes_ -= queue_.front().payload.size();
  queue_.erase(queue_.begin());
  if (queue_.empty()) std::vector<Pending>().swap(queue_);
  if (!stopped_ || queue_is_full()) return;
  stopped_ = false;
  if (outlet_ != nullptr) outlet_->resume();
}

}  // namespace trestle::http
