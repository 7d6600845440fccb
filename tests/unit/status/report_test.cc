#include "status/report.h"

#include <gtest/gtest.h>

namespace trestle::status {
namespace {

TEST(LatencyBucket, holds_what_is_up_to_its_bound) {
  EXPECT_EQ(latency_bucket(0), 0u);
  EXPECT_EQ(latency_bucket(250), 0u);
  EXPECT_EQ(latency_bucket(251), 1u);
  EXPECT_EQ(latency_bucket(10'000'000), kLatencyBounds.size() - 1);
  EXPECT_EQ(latency_bucket(10'000'001), kLatencyBounds.size());
}

TEST(LocationCounters, count_a_status_nobody_sent_as_the_clients) {
  LocationCounters counters = {};
  counters.count(200, 300);
  counters.count(0, 300);
  counters.count(101, std::nullopt);
  EXPECT_EQ(counters.by_class[1].load(), 1u);
  EXPECT_EQ(counters.by_class[3].load(), 1u);
  EXPECT_EQ(counters.by_class[0].load(), 1u);
  EXPECT_EQ(counters.latency[1].load(), 2u);
  EXPECT_EQ(counters.latency_sum_us.load(), 600u);
}

TEST(LocationReport, quantile_is_the_bound_of_its_bucket) {
  LocationReport location;
  EXPECT_EQ(location.quantile_us(0.5), 0u);
  location.latency[0] = 98;
  location.latency[3] = 1;
  location.latency[kLatencyBounds.size()] = 1;
  EXPECT_EQ(location.quantile_us(0.5), 250u);
  EXPECT_EQ(location.quantile_us(0.99), 2'500u);
  EXPECT_EQ(location.quantile_us(1), UINT64_MAX);
}

Report shop() {
  Report report;
  report.version = "0.1";
  report.workers = {7, 8};
  report.databases.push_back({.name = "shop", .pool_size = 4, .idle = 3});
  report.locations.push_back(
      {.server = "", .location = "/a\"b<", .handler = "trestle_rest"});
  report.locations[0].by_class[1] = 2;
  report.locations[0].latency[0] = 2;
  report.locations[0].latency_sum_us = 1'234'500;
  return report;
}

TEST(Milliseconds, need_no_more_digits_than_they_have) {
  EXPECT_EQ(milliseconds(250), "0.25");
  EXPECT_EQ(milliseconds(1'000), "1");
  EXPECT_EQ(milliseconds(2'500), "2.5");
  EXPECT_EQ(milliseconds(1'001), "1.001");
}

TEST(PrometheusReport, escapes_labels_and_adds_up_buckets) {
  const std::string text = prometheus_report(shop());
  EXPECT_NE(text.find("# TYPE trestle_request_duration_seconds histogram\n"),
            std::string::npos);
  const std::string labels =
      R"({server="",location="/a\"b<",handler="trestle_rest")";
  EXPECT_NE(text.find("trestle_request_duration_seconds_bucket" + labels +
                      ",le=\"0.00025\"} 2\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("trestle_request_duration_seconds_bucket" + labels +
                      ",le=\"+Inf\"} 2\n"),
            std::string::npos);
  EXPECT_NE(
      text.find("trestle_request_duration_seconds_sum" + labels + "} 1.2345\n"),
      std::string::npos);
  EXPECT_NE(text.find("trestle_pool_connections{database=\"shop\","
                      "state=\"idle\"} 3\n"),
            std::string::npos);
  EXPECT_EQ(text.back(), '\n');
}

TEST(HtmlReport, heads_texts_as_texts_and_numbers_as_numbers) {
  const std::string page = html_report(shop());
  EXPECT_NE(page.find("<th scope=\"col\" class=\"text\">handler</th>"),
            std::string::npos);
  EXPECT_NE(page.find("<th scope=\"col\">requests</th>"), std::string::npos);
}

TEST(HtmlReport, shows_no_times_where_none_were_measured) {
  Report report = shop();
  report.locations[0].latency = {};
  const std::string page = html_report(report);
  EXPECT_NE(page.find("<td>–</td><td>–</td></tr>"), std::string::npos);
  EXPECT_EQ(page.find("≤ 0"), std::string::npos);
}

TEST(HtmlReport, escapes_what_the_configuration_names) {
  const std::string page = html_report(shop());
  EXPECT_NE(page.find("/a&quot;b&lt;"), std::string::npos);
  EXPECT_EQ(page.find("/a\"b<"), std::string::npos);
}

TEST(Report, tells_what_each_of_several_servers_is) {
  Report report = shop();
  EXPECT_EQ(json_report(report).find("servers"), std::string::npos);
  report.databases[0].hosts = {{"primary", 0}, {"standby", 1'500}};
  EXPECT_NE(
      json_report(report).find(R"("servers":[{"role":"primary","lag_ms":0},)"
                               R"({"role":"standby","lag_ms":1500}])"),
      std::string::npos)
      << json_report(report);
  EXPECT_NE(html_report(report).find(
                "servers of shop: 1 primary, 2 standby (1500 ms behind)"),
            std::string::npos);
  const std::string metrics = prometheus_report(report);
  EXPECT_NE(metrics.find("trestle_database_server_role{database=\"shop\","
                         "server=\"2\",role=\"standby\"} 1\n"),
            std::string::npos)
      << metrics;
  EXPECT_NE(metrics.find("trestle_database_server_lag_seconds{database="
                         "\"shop\",server=\"2\"} 1.5\n"),
            std::string::npos);
}

TEST(HostSight, is_one_number) {
  const HostSight sight =
      HostSight::unpacked(HostSight{.role = 3, .lag_ms = 70'000}.packed());
  EXPECT_EQ(sight.role, 3u);
  EXPECT_EQ(sight.lag_ms, 70'000u);
}

TEST(JsonReport, names_everything) {
  EXPECT_NE(json_report(shop()).find(
                R"("requests":2,"by_status":{"1xx":0,"2xx":2,"3xx":0,)"
                R"("4xx":0,"5xx":0},"p50_ms":0.25,"p99_ms":0.25})"),
            std::string::npos)
      << json_report(shop());
}

}  // namespace
}  // namespace trestle::status
