// The directive of a trestle_database block that concerns its change feed.
#include "base/text.h"
#include "http/database.h"

namespace trestle::http {

namespace {

using Values = std::span<ngx_str_t>;

bool set_publication(ngx_conf_t*, FeedConf& feed, std::string_view value) {
  feed.publication = value;
  return !value.empty();
}

// PostgreSQL takes no other letters.
bool set_slot(ngx_conf_t*, FeedConf& feed, std::string_view value) {
  feed.slot = value;
  constexpr std::size_t kMaxName = 63;
  return !value.empty() && value.size() <= kMaxName &&
         value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") ==
             std::string_view::npos;
}

bool set_conninfo(ngx_conf_t* cf, FeedConf& feed, std::string_view value) {
  Result<std::vector<pg::Conninfo>> hosts = pg::parse_conninfos(value);
  if (!hosts.ok()) {
    log_here(cf, hosts.error());
    return false;
  }
  feed.hosts = std::move(hosts).value();
  return true;
}

bool set_poll(ngx_conf_t*, FeedConf& feed, std::string_view value) {
  constexpr ngx_msec_t kLeast = 100;
  std::optional<ngx_msec_t> time = parse_ms(value);
  if (time) feed.poll = *time;
  return time && *time >= kLeast;
}

struct Option {
  std::string_view name;
  bool (*set)(ngx_conf_t* cf, FeedConf& feed, std::string_view value);
  std::string_view expected;
};

constexpr Option kOptions[] = {
    {"publication", set_publication, "publication=<name>"},
    {"slot", set_slot, "slot=<name> of a-z, 0-9 and _"},
    {"conninfo", set_conninfo, "conninfo=<connection string>"},
    {"poll", set_poll, "poll=<time> of at least 100ms"},
};

bool read_option(ngx_conf_t* cf, FeedConf& feed, const ngx_str_t& word) {
  for (const Option& option : kOptions) {
    std::optional<std::string_view> value = option_value(word, option.name);
    if (!value) continue;
    if (option.set(cf, feed, *value)) return true;
    log_invalid(cf, word, option.expected);
    return false;
  }
  log_invalid(cf, word, "publication=, slot=, conninfo= or poll=");
  return false;
}

// feed [publication=NAME] [slot=NAME] [conninfo=STRING] | feed poll=TIME
bool set_feed(ngx_conf_t* cf, DatabaseDraft& draft, Values values) {
  FeedConf feed;
  for (const ngx_str_t& word : values)
    if (!read_option(cf, feed, word)) return false;
  if (feed.poll != 0 && values.size() > 1) {
    log_here(cf, "\"poll\" stands alone in \"feed\"");
    return false;
  }
  draft.database.feed = std::move(feed);
  return true;
}

constexpr DatabaseKey kKeys[] = {{"feed", 0, 3, false, set_feed}};

}  // namespace

std::span<const DatabaseKey> feed_keys() { return kKeys; }

}  // namespace trestle::http
