// What directives share: their words, numbers, files and messages, all in
// nginx's own manner. Configuration load only.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/nginx.h"

namespace trestle::http {

// What a directive's handler returns when it has logged its reason.
[[nodiscard]] inline char* conf_error() {
  return static_cast<char*>(NGX_CONF_ERROR);
}

// The words of the directive under way, its name first. They live as long as
// the configuration.
[[nodiscard]] inline std::span<ngx_str_t> words(ngx_conf_t* cf) {
  return {static_cast<ngx_str_t*>(cf->args->elts), cf->args->nelts};
}

// Where a directive stands, for what is found out about it later.
struct Place {
  std::string file;
  ngx_uint_t line = 0;

  [[nodiscard]] static Place of(ngx_conf_t* cf);
};

// Logs at [emerg] with " in FILE:LINE", as ngx_conf_log_error() does.
void log_at(ngx_log_t* log, const Place& place, std::string_view text);
void log_here(ngx_conf_t* cf, std::string_view text);

// Logs what `error` says, details and hint behind it.
void log_here(ngx_conf_t* cf, const Error& error);
[[nodiscard]] std::string text_of(const Error& error);

// `invalid parameter "WORD"`, with what was expected when that is not obvious.
void log_invalid(ngx_conf_t* cf, const ngx_str_t& word,
                 std::string_view expected = {});

// nginx's numbers, sizes (16k) and times (30s, 1h), by their first letter that
// stands behind "name=". nullopt: not one of them.
[[nodiscard]] std::optional<std::size_t> parse_count(std::string_view text);
[[nodiscard]] std::optional<std::size_t> parse_size(std::string_view text);
[[nodiscard]] std::optional<ngx_msec_t> parse_ms(std::string_view text);
[[nodiscard]] std::optional<bool> parse_flag(std::string_view text);

// The handler of a directive of one size, of `least` bytes at least ("128k" in
// `least_text`); unset, the size is NGX_CONF_UNSET_SIZE.
[[nodiscard]] char* set_least_size(ngx_conf_t* cf, std::size_t& size,
                                   std::size_t least,
                                   std::string_view least_text);

// What stands behind "name=" when `word` begins with it.
[[nodiscard]] std::optional<std::string_view> option_value(
    const ngx_str_t& word, std::string_view name);

// The path of a file named in a directive: relative ones belong to the folder
// of nginx.conf. Null when memory is out.
[[nodiscard]] std::optional<std::string> config_path(ngx_conf_t* cf,
                                                     std::string_view name);

// What stands in front of the paths below the location under way, with a slash
// at its end. A regular expression or a named location says nothing of it: "/".
[[nodiscard]] std::string base_path(ngx_conf_t* cf);

// The content of a small file. Says in `problem` why there is none, in the
// words of the system.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path,
                                                   std::string& problem);

// The same for a file that a directive names: logs the problem.
[[nodiscard]] std::optional<std::string> read_named_file(ngx_conf_t* cf,
                                                         std::string_view name);

}  // namespace trestle::http
