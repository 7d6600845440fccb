#include "http/url_follower.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/json_members.h"
#include "base/text.h"
#include "live/calls.h"

namespace trestle::http {

namespace {

constexpr std::size_t kMaxUrl = 4096;
// Of an event that is not complete.
constexpr std::size_t kMaxAnswer = 16 * 1024 * 1024;

Error not_followed_any_more(int status) {
  return {.code = "TRS637",
          .http_status = status >= 400 ? status : 503,
          .message = status >= 400 ? concat({"The location answers ",
                                             std::to_string(status)})
                     : status == 0 ? "The answer cannot be followed now"
                                   : "The answer is followed no more"};
}

}  // namespace

bool UrlFollower::is_url(std::string_view text) {
  if (!text.starts_with('/') || text.size() > kMaxUrl) return false;
  for (char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '#')
      return false;
  return true;
}

UrlFollower::UrlFollower(Runtime& runtime, const ClientPlace& place,
                         const Database& database, const live::Command& command,
                         const auth::Identity& identity, live::Outlet& outlet)
    : runtime_(runtime),
      place_(place),
      database_(database),
      url_(command.topic),
      ref_(command.ref),
      outlet_(outlet) {
  open(identity);
}

UrlFollower::~UrlFollower() { close(); }

void UrlFollower::open(const auth::Identity& identity) {
  reader_ = {};
  fd_ = open_inner_connection(place_, database_, identity);
  if (fd_ < 0) return refuse(not_followed_any_more(0));
  watch_ = runtime_.loop().make_watch(
      {.on_readable = callback<&UrlFollower::on_readable>(this),
       .on_writable = callback<&UrlFollower::on_readable>(this),
       .on_quit = callback<&UrlFollower::on_quit>(this)});
  const std::string request =
      concat({"GET ", url_, " HTTP/1.0\r\nHost: ", place_.host,
              "\r\nAccept: text/event-stream\r\n\r\n"});
  const ssize_t sent = send(fd_, request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request.size()) || !watch_->bind(fd_) ||
      !watch_->want(true, false)) {
    close();
    return refuse(not_followed_any_more(0));
  }
  watch_->set_idle(true);
}

void UrlFollower::close() {
  watch_.reset();
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void UrlFollower::renew(const auth::Identity& identity) {
  if (ended()) return;
  close();
  open(identity);
}

void UrlFollower::on_readable() noexcept {
  guard(ngx_cycle->log, [&] {
    std::span<u_char> buffer = runtime_.live().read_buffer();
    while (fd_ >= 0) {
      const ssize_t count = recv(fd_, buffer.data(), buffer.size(), 0);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (count <= 0) return finish();
      take({reinterpret_cast<char*>(buffer.data()),
            static_cast<std::size_t>(count)});
    }
  });
}

void UrlFollower::take(std::string_view bytes) {
  reader_.feed(bytes);
  while (std::optional<std::string> data = reader_.next()) {
    const std::string text = live::live_text(url_, *data, ref_);
    live::OutMessage message(live::MessageKind::text, text);
    outlet_.push(message, {});
  }
  if (reader_.rest().size() > kMaxAnswer) finish();
}

// The location has ended its answer, or has refused to be followed: then it has
// said why.
void UrlFollower::finish() {
  close();
  const int status = reader_.status();
  const std::string& body = reader_.rest();
  Result<rapidjson::Document> said = parse_json(body);
  if (status < 400 || !said.ok() || find_member(*said, "message") == nullptr)
    return refuse(not_followed_any_more(status));
  Error error = {.code = std::string(member_text(*said, "code")),
                 .http_status = status,
                 .message = std::string(member_text(*said, "message"))};
  for (const auto& [name, place] :
       {std::pair{"details", &error.details}, std::pair{"hint", &error.hint}})
    if (!member_text(*said, name).empty())
      *place = std::string(member_text(*said, name));
  refuse(error);
}

void UrlFollower::refuse(const Error& error) {
  const std::string asked =
      ref_.empty() ? std::string() : concat({"{\"ref\":", ref_, "}"});
  outlet_.refuse(error, live::error_text(error, asked));
}

}  // namespace trestle::http
