#include "support/ledger.h"

#include <algorithm>

namespace trestle::testing {
namespace {

constexpr std::uint64_t kPerClient = 1'000'000;

std::uint64_t id_of(int client, std::uint64_t number) {
  return static_cast<std::uint64_t>(client + 1) * kPerClient + number;
}

bool is_write(std::uint64_t number) { return number % 3 == 0; }

}  // namespace

void Ledger::prepare(PostgresCluster& cluster, const std::string& database,
                     NginxServer& nginx) {
  cluster.query(
      "create table ledger (id bigint not null);"
      "grant select, insert on ledger to web_anon",
      database);
  nginx.file("read.sql", "-- @value\nselect :id::bigint;");
  nginx.file("write.sql",
             "-- @post\n-- @value\n"
             "insert into ledger values (:id::bigint) returning id;");
}

Ledger::Ledger(Address nginx, int clients, bool keep_alive) {
  load_.address = std::move(nginx);
  load_.clients = clients;
  load_.keep_alive = keep_alive;
  load_.request = [](int client, std::uint64_t number) {
    const std::string id = std::to_string(id_of(client, number));
    if (!is_write(number)) return request_text("GET", "/read?id=" + id);
    return request_text("POST", "/write",
                        {{"Content-Type", "application/json"}},
                        "{\"id\":" + id + "}");
  };
  load_.done = [this](const LoadResult& result) { judge_answer(result); };
  load_.tick = [this] { load_.stop = stop_; };
}

Ledger::~Ledger() {
  if (thread_.joinable()) stop();
}

void Ledger::start() {
  stop_ = false;
  last_ok_ = Clock::now();
  thread_ = std::thread([this] { counts_ = load_.run(Milliseconds(0)); });
}

LoadCounts Ledger::stop() {
  stop_ = true;
  thread_.join();
  return counts_;
}

void Ledger::judge_answer(const LoadResult& result) {
  const std::uint64_t id = id_of(result.client, result.number);
  const int status = result.response.status;  // 0: no answer
  statuses_[status]++;
  if (status / 100 == 2) {
    longest_gap_ms_ = std::max(longest_gap_ms_, elapsed_ms(last_ok_));
    last_ok_ = Clock::now();
    answered_++;
    if (result.response.body != std::to_string(id))
      wrong_ = "answer of another request: " + result.response.body;
  } else if (status != 0 && wrong_.empty() &&
             !result.response.body.starts_with("{\"code\":\"")) {
    wrong_ =
        std::to_string(status) + " without a code: " + result.response.body;
  }
  if (!is_write(result.number)) {
    bad_reads_ += status / 100 != 2;
    return;
  }
  writes_.note(id, fate_of(result));
}

std::string Ledger::judge(const PostgresCluster& cluster,
                          std::string_view database) const {
  return writes_.judge(cluster, database, "ledger");
}

std::string Ledger::statuses() const {
  std::string text;
  for (const auto& [status, times] : statuses_)
    text += std::to_string(status) + ": " + std::to_string(times) + "  ";
  return text;
}

std::uint64_t Ledger::unserved() const {
  std::uint64_t sum = 0;
  for (const auto& [status, times] : statuses_)
    if (status / 100 != 2) sum += times;
  return sum;
}

std::uint64_t Ledger::status(int number) const {
  return statuses_.contains(number) ? statuses_.at(number) : 0;
}

}  // namespace trestle::testing
