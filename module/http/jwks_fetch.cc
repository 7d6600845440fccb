// The process that fetches JWK sets, with libcurl. A transfer is driven by a
// timer: libcurl looks names up in a thread of its own and waits for nothing
// else, and there is one transfer in minutes.
#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "base/callback.h"
#include "http/config.h"
#include "http/helper_process.h"
#include "http/jwks.h"
#include "http/jwks_zone.h"
#include "http/loop.h"

namespace trestle::http {

namespace {

constexpr pg::Milliseconds kStep = 10;   // while a transfer is under way
constexpr pg::Milliseconds kLook = 500;  // whether one is due
constexpr long kConnectMs = 5'000;
constexpr long kTransferMs = 15'000;
constexpr long kRedirects = 3;
constexpr pg::Milliseconds kFirstRetry = 1'000;

// libcurl's handles are all void*.
struct EasyFree {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct MultiFree {
  void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
};

// One URL's transfers, one after the other.
class JwksFetch {
 public:
  JwksFetch(pg::Loop& loop, const JwksConf& conf)
      : loop_(loop),
        conf_(conf),
        zone_(conf.zone),
        multi_(curl_multi_init()),
        timer_(loop.make_timer(callback<&JwksFetch::on_timer>(this),
                               pg::Loop::TimerKind::idle)) {
    timer_->start(0);
  }
  ~JwksFetch() { end_transfer(); }
  JwksFetch(const JwksFetch&) = delete;
  JwksFetch& operator=(const JwksFetch&) = delete;

 private:
  void on_timer() noexcept {
    guard(ngx_cycle->log, [this] {
      if (transfer_) {
        drive();
      } else if (is_due()) {
        begin();
      }
    });
    timer_->start(transfer_ ? kStep : kLook);
  }

  // (3) in jwks.h.
  bool is_due() {
    const pg::Milliseconds now = loop_.now();
    if (now >= due_) return true;
    if (now < begun_ + conf_.retry) return false;
    return zone_.take_asked();
  }

  void begin() {
    begun_ = loop_.now();
    body_.clear();
    transfer_.reset(curl_easy_init());
    if (!multi_ || !transfer_) return fail("memory is out");
    CURL* curl = transfer_.get();
    curl_easy_setopt(curl, CURLOPT_URL, conf_.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
    // A plain one is for this machine alone, and leads nowhere else.
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, kRedirects);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMs);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kTransferMs);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "trestle");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    if (curl_multi_add_handle(multi_.get(), curl) != CURLM_OK)
      return fail("the transfer cannot be started");
    drive();
  }

  static std::size_t on_bytes(const char* data, std::size_t size,
                              std::size_t count, void* self) noexcept {
    auto& body = static_cast<JwksFetch*>(self)->body_;
    const std::size_t bytes = size * count;
    if (body.size() + bytes > kMaxJwks) return 0;  // libcurl gives up
    return guard(ngx_cycle->log, std::size_t{0}, [&] {
      body.append(data, bytes);
      return bytes;
    });
  }

  void drive() {
    int running = 0;
    if (curl_multi_perform(multi_.get(), &running) != CURLM_OK)
      return fail("the transfer cannot go on");
    int left = 0;
    const CURLMsg* message = curl_multi_info_read(multi_.get(), &left);
    if (message == nullptr || message->msg != CURLMSG_DONE) return;
    if (message->data.result != CURLE_OK)
      return fail(body_.size() > 0 && message->data.result == CURLE_WRITE_ERROR
                      ? "the answer is larger than 64 kB"
                      : curl_easy_strerror(message->data.result));
    take();
  }

  // (2) in jwks.h.
  void take() {
    Result<auth::KeySet> keys = auth::parse_public_jwks(body_);
    if (!keys.ok()) return fail(text_of(keys.error()));
    end_transfer();
    failures_ = 0;
    due_ = loop_.now() + conf_.refresh;
    static_cast<void>(zone_.take_asked());
    if (zone_.store(body_))
      tell(NGX_LOG_NOTICE,
           concat({"has ", std::to_string(keys->size()), " keys"}));
  }

  // Soon again while there are no keys, slower each time.
  void fail(std::string_view reason) {
    end_transfer();
    const pg::Milliseconds wait = kFirstRetry << std::min(failures_, 10U);
    due_ = loop_.now() + std::min<pg::Milliseconds>(wait, conf_.retry);
    failures_++;
    tell(NGX_LOG_WARN, concat({"cannot be read: ", reason}));
  }

  void end_transfer() {
    if (multi_ && transfer_)
      curl_multi_remove_handle(multi_.get(), transfer_.get());
    transfer_.reset();
  }

  void tell(ngx_uint_t level, std::string_view what) const {
    const std::string line = concat({"jwks_url ", conf_.url, " ", what});
    ngx_str_t text = borrow(line);
    ngx_log_error(level, ngx_cycle->log, 0, "trestle: %V", &text);
  }

  pg::Loop& loop_;
  const JwksConf& conf_;
  JwksZone zone_;
  std::string body_;
  pg::Milliseconds due_ = 0;
  pg::Milliseconds begun_ = 0;
  unsigned failures_ = 0;
  std::unique_ptr<CURLM, MultiFree> multi_;
  std::unique_ptr<CURL, EasyFree> transfer_;
  std::unique_ptr<pg::Timer> timer_;
};

struct Fetches {
  Fetches(ngx_cycle_t* cycle, const MainConf& conf)
      : loop(cycle->log, nullptr, nullptr, 0, &conf.hosts) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    std::vector<const ngx_shm_zone_t*> seen;  // databases may share a set
    for (const std::unique_ptr<Database>& database : conf.databases) {
      if (!database->jwks) continue;
      const ngx_shm_zone_t* zone = database->jwks->zone;
      if (std::find(seen.begin(), seen.end(), zone) != seen.end()) continue;
      seen.push_back(zone);
      sets.push_back(std::make_unique<JwksFetch>(loop, *database->jwks));
    }
  }

  NginxLoop loop;
  std::vector<std::unique_ptr<JwksFetch>> sets;
};

// Never destroyed in a helper process: nginx ends it with exit().
Fetches* fetches = nullptr;

bool has_jwks(const MainConf& conf) {
  return std::any_of(conf.databases.begin(), conf.databases.end(),
                     [](const auto& database) { return database->jwks; });
}

}  // namespace

bool add_jwks_process(ngx_cycle_t* cycle) {
  const MainConf* conf = main_conf(cycle);
  return conf == nullptr || !has_jwks(*conf) ||
         add_helper(cycle, "trestle jwks",
                    [] { start_jwks(const_cast<ngx_cycle_t*>(ngx_cycle)); });
}

void start_jwks(ngx_cycle_t* cycle) {
  const MainConf* conf = main_conf(cycle);
  if (fetches == nullptr && conf != nullptr && has_jwks(*conf))
    fetches = new Fetches(cycle, *conf);
}

void stop_jwks() {
  delete fetches;
  fetches = nullptr;
}

}  // namespace trestle::http
