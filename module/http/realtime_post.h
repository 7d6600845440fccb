// Broadcasts by POST at a realtime location, as @supabase/realtime-js sends
// them from where there is no socket:
//
//   POST .../api/broadcast                          {"messages": [{"topic",
//                                                    "event", "payload"}]}
//   POST .../api/broadcast/TOPIC/events/EVENT       the payload, JSON or bytes
//
// Answers 202 when all of them have been published; the location's on_join
// decides on each topic.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/body.h"
#include "http/context.h"
#include "http/live_conf.h"
#include "http/runtime.h"

namespace trestle::http {

class RealtimePost final : private RowSink, private RunHolder {
 public:
  // The content handler's part. Returns what the request is finalized with.
  [[nodiscard]] static ngx_int_t handle(ngx_http_request_t* r,
                                        RequestContext& context,
                                        const LocationConf& conf,
                                        Runtime& runtime);

  RealtimePost(ngx_http_request_t* r, RequestContext& context,
               const LocationConf& conf, Runtime& runtime);
  ~RealtimePost();

 private:
  struct Message {
    std::string topic;
    std::string record;  // as RealtimeRoom takes it
  };

  static void on_body_read(ngx_http_request_t* r) noexcept;
  void on_body_ready() noexcept;
  void begin();
  [[nodiscard]] Result<void> read_messages();
  [[nodiscard]] Result<void> read_list(std::string_view body);
  void ask();
  void publish();
  void finish(const std::optional<Error>& error);
  void let_go() noexcept override;
  void on_turn() noexcept;

  void on_columns(std::size_t, std::span<const ResultColumn>) override {}
  bool on_row(std::size_t statement, std::span<const Cell> cells) override;
  void on_statement_done(std::size_t, std::uint64_t) override {}
  void on_done() override { turn_->start(0); }
  void on_error(const RunError& error) override;

  ngx_http_request_t* r_;
  RequestContext& context_;
  const LocationConf& conf_;
  Runtime& runtime_;
  BodyReader body_;
  std::vector<Message> messages_;
  std::size_t allowed_ = 0;
  std::optional<Error> error_;
  std::unique_ptr<pg::Run> run_;
  std::unique_ptr<pg::Timer> turn_;
};

}  // namespace trestle::http
