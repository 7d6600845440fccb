// The report as a page for people: tables and no script.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "status/report.h"

namespace trestle::status {

namespace {

constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>Trestle: status</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif }
body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { font-weight: 600; line-height: 1.2 }
.wide { overflow-x: auto }
:focus-visible { outline: 2px solid; outline-offset: 2px }
table { border-collapse: collapse; width: 100% }
th, td { padding: .35rem .75rem .35rem 0; text-align: right;
         border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent) }
th { font-weight: 500 }
th:first-child, td:first-child, .text { text-align: left }
td { font-variant-numeric: tabular-nums }
.bad { color: #c62828; font-weight: 600 }
@media (prefers-color-scheme: dark) { .bad { color: #ff8a80 } }
</style>
)";

std::string escape(std::string_view text) {
  std::string out;
  for (char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  return out;
}

// A cell; a number that should be 0 stands out when it is not.
std::string cell(std::uint64_t value, bool bad_if_any = false) {
  return concat({bad_if_any && value > 0 ? "<td class=\"bad\">" : "<td>",
                 std::to_string(value), "</td>"});
}

std::string text_cell(std::string_view text) {
  return concat({"<td class=\"text\">", escape(text), "</td>"});
}

// Columns that do not hold numbers, beside each table's first.
bool is_text(std::string_view column) {
  constexpr std::array<std::string_view, 4> kText = {"handler", "server",
                                                     "state", "written"};
  return std::find(kText.begin(), kText.end(), column) != kText.end();
}

// The beginning of a table under a heading of its own. On a narrow screen it is
// wider than the page: a keyboard can scroll it.
std::string table(std::string_view title,
                  std::initializer_list<std::string_view> names) {
  std::string out = concat(
      {"<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"",
       title, "\"><table>\n<tr>"});
  for (std::string_view name : names)
    out += concat({"<th scope=\"col\"", is_text(name) ? " class=\"text\"" : "",
                   ">", name, "</th>"});
  return out + "</tr>\n";
}

std::string latency(const LocationReport& location, double q) {
  const std::uint64_t us = location.quantile_us(q);
  if (us == 0) return "<td>–</td>";  // live connections have none
  if (us == UINT64_MAX)
    return concat({"<td class=\"bad\">&gt; ",
                   milliseconds(kLatencyBounds.back()), "</td>"});
  return concat({"<td>≤ ", milliseconds(us), "</td>"});
}

// "1 primary, 2 standby (20 ms behind)"
std::string servers(const DatabaseReport& database) {
  std::string out;
  for (std::size_t i = 0; i < database.hosts.size(); i++) {
    const HostReport& host = database.hosts[i];
    out += concat(
        {out.empty() ? "" : ", ", std::to_string(i + 1), " ", host.role});
    if (host.lag_ms > 0)
      out += concat({" (", std::to_string(host.lag_ms), " ms behind)"});
  }
  return out;
}

std::string databases(const Report& report) {
  std::string out = "<h2>Databases</h2>\n";
  out += table("Databases",
               {"database", "idle", "busy", "connecting", "waiting", "runs",
                "failures", "refused", "cancels", "connects", "failed connects",
                "statements", "prepares", "catalog"});
  for (const DatabaseReport& database : report.databases) {
    out += concat({"<tr>", text_cell(database.name), cell(database.idle),
                   cell(database.busy), cell(database.connecting),
                   cell(database.waiting), cell(database.runs),
                   cell(database.failures), cell(database.refused),
                   cell(database.cancels), cell(database.connects),
                   cell(database.connect_failures), cell(database.prepared),
                   cell(database.prepares), cell(database.catalog_generation),
                   "</tr>\n"});
    if (!database.hosts.empty())
      out += concat({"<tr><td colspan=\"14\" class=\"text\">servers of ",
                     escape(database.name), ": ", servers(database),
                     "</td></tr>\n"});
    if (database.away > 0)
      out += concat(
          {"<tr><td colspan=\"14\" class=\"bad text\">", escape(database.name),
           " cannot be reached by ", std::to_string(database.away), " of ",
           std::to_string(report.workers.size()), " workers</td></tr>\n"});
  }
  return out + "</table></div>\n";
}

std::string cache(const Report& report) {
  if (!report.cache) return {};
  const CacheReport& zone = *report.cache;
  std::string out = concat(
      {"<h2>Cache</h2>\n<p>", std::to_string(zone.entries), " answers, ",
       std::to_string(zone.bytes), " of ", std::to_string(zone.size),
       " bytes; ", std::to_string(zone.evicted), " had to make room</p>\n"});
  out += table("Cache", {"database", "hits", "misses", "bypassed", "dropped"});
  for (const DatabaseReport& database : report.databases)
    out += concat({"<tr>", text_cell(database.name), cell(database.cache_hits),
                   cell(database.cache_misses), cell(database.cache_bypassed),
                   cell(database.cache_dropped), "</tr>\n"});
  return out + "</table></div>\n";
}

std::string feeds(const Report& report) {
  if (report.feeds.empty()) return {};
  std::string out = "<h2>Change feeds</h2>\n";
  out += table("Change feeds",
               {"database", "state", "written", "commits", "gaps", "lag ms"});
  for (const FeedReport& feed : report.feeds) {
    out += concat({"<tr>", text_cell(feed.database), text_cell(feed.state),
                   text_cell(feed.written), cell(feed.commits), cell(feed.gaps),
                   "<td>", milliseconds(feed.lag_us), "</td></tr>\n"});
    if (!feed.problem.empty())
      out += concat({"<tr><td colspan=\"6\" class=\"bad text\">",
                     escape(feed.problem), "</td></tr>\n"});
  }
  return out + "</table></div>\n";
}

std::string locations(const Report& report) {
  std::string out = "<h2>Locations</h2>\n";
  out += table("Locations", {"location", "handler", "server", "requests", "2xx",
                             "3xx", "4xx", "5xx", "median ms", "p99 ms"});
  for (const LocationReport& location : report.locations)
    out += concat({"<tr>", text_cell(location.location),
                   text_cell(location.handler), text_cell(location.server),
                   cell(location.requests()), cell(location.by_class[1]),
                   cell(location.by_class[2]), cell(location.by_class[3]),
                   cell(location.by_class[4], true), latency(location, 0.5),
                   latency(location, 0.99), "</tr>\n"});
  return out + "</table></div>\n";
}

}  // namespace

std::string html_report(const Report& report) {
  return concat({kHead, "<main>\n<h1>Trestle ", escape(report.version),
                 "</h1>\n<p>", std::to_string(report.workers.size()),
                 " workers, ", std::to_string(report.websockets),
                 " WebSockets, ", std::to_string(report.event_streams),
                 " event streams</p>\n", databases(report), cache(report),
                 feeds(report), locations(report), "</main>\n</html>\n"});
}

}  // namespace trestle::status
