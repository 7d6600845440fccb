#include "http/directive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/json.h"
#include "base/text.h"

namespace trestle::http {

namespace {

constexpr std::size_t kMaxFileBytes = 16 * 1024 * 1024;

std::string system_problem(std::string_view call, const std::string& path,
                           int code) {
  std::string number;
  append_number(number, code);
  return concat({call, " \"", path, "\" failed (", number, ": ",
                 std::strerror(code), ")"});
}

std::optional<std::string> read_all(int fd) {
  std::string content;
  char buffer[16 * 1024];
  while (content.size() <= kMaxFileBytes) {
    ssize_t size = read(fd, buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::nullopt;
    if (size == 0) return content;
    content.append(buffer, static_cast<std::size_t>(size));
  }
  errno = EFBIG;
  return std::nullopt;
}

}  // namespace

Place Place::of(ngx_conf_t* cf) {
  if (cf->conf_file == nullptr) return {};
  return {std::string(view(cf->conf_file->file.name)), cf->conf_file->line};
}

void log_at(ngx_log_t* log, const Place& place, std::string_view text) {
  ngx_str_t what = borrow(text);
  ngx_str_t file = borrow(place.file);
  ngx_log_error(NGX_LOG_EMERG, log, 0, "%V in %V:%ui", &what, &file,
                place.line);
}

void log_here(ngx_conf_t* cf, std::string_view text) {
  ngx_str_t what = borrow(text);
  ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%V", &what);
}

std::string text_of(const Error& error) {
  std::string text = error.message;
  if (error.details) text.append("; ").append(*error.details);
  if (error.hint) text.append("; ").append(*error.hint);
  return text;
}

void log_here(ngx_conf_t* cf, const Error& error) {
  log_here(cf, text_of(error));
}

void log_invalid(ngx_conf_t* cf, const ngx_str_t& word,
                 std::string_view expected) {
  std::string text = concat({"invalid parameter \"", view(word), "\""});
  if (!expected.empty()) text.append(", expected ").append(expected);
  log_here(cf, text);
}

char* set_least_size(ngx_conf_t* cf, std::size_t& size, std::size_t least,
                     std::string_view least_text) {
  const std::span<ngx_str_t> line = words(cf);
  if (size != NGX_CONF_UNSET_SIZE) {
    log_here(cf, concat({"\"", view(line[0]), "\" directive is duplicate"}));
    return conf_error();
  }
  const std::optional<std::size_t> given = parse_size(view(line[1]));
  if (!given || *given < least) {
    log_invalid(cf, line[1], concat({"a size of at least ", least_text}));
    return conf_error();
  }
  size = *given;
  return NGX_CONF_OK;
}

std::optional<std::size_t> parse_count(std::string_view text) {
  ngx_str_t word = borrow(text);
  ngx_int_t value = ngx_atoi(word.data, word.len);
  if (value == NGX_ERROR) return std::nullopt;
  return static_cast<std::size_t>(value);
}

std::optional<std::size_t> parse_size(std::string_view text) {
  ngx_str_t word = borrow(text);
  ssize_t value = ngx_parse_size(&word);
  if (value == NGX_ERROR) return std::nullopt;
  return static_cast<std::size_t>(value);
}

std::optional<ngx_msec_t> parse_ms(std::string_view text) {
  ngx_str_t word = borrow(text);
  ngx_int_t value = ngx_parse_time(&word, 0);
  if (value == NGX_ERROR) return std::nullopt;
  return static_cast<ngx_msec_t>(value);
}

std::optional<bool> parse_flag(std::string_view text) {
  if (ascii_iequals(text, "on")) return true;
  if (ascii_iequals(text, "off")) return false;
  return std::nullopt;
}

std::optional<std::string_view> option_value(const ngx_str_t& word,
                                             std::string_view name) {
  std::string_view text = view(word);
  if (text.size() <= name.size() || !text.starts_with(name) ||
      text[name.size()] != '=')
    return std::nullopt;
  return text.substr(name.size() + 1);
}

std::optional<std::string> config_path(ngx_conf_t* cf, std::string_view name) {
  ngx_str_t path = pool_copy(cf->pool, name);
  if (path.data == nullptr) return std::nullopt;
  if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK) return std::nullopt;
  return std::string(view(path));
}

std::string base_path(ngx_conf_t* cf) {
  auto* core = static_cast<ngx_http_core_loc_conf_t*>(
      ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
  std::string path(view(core->name));
#if (NGX_PCRE)
  if (core->regex != nullptr) path = "/";
#endif
  if (!path.starts_with('/')) path = "/";
  if (!path.ends_with('/')) path += "/";
  return path;
}

std::optional<std::string> read_file(const std::string& path,
                                     std::string& problem) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    problem = system_problem("open()", path, errno);
    return std::nullopt;
  }
  std::optional<std::string> content = read_all(fd);
  if (!content) problem = system_problem("read()", path, errno);
  close(fd);
  return content;
}

std::optional<std::string> read_named_file(ngx_conf_t* cf,
                                           std::string_view name) {
  std::optional<std::string> path = config_path(cf, name);
  if (!path) return std::nullopt;
  std::string problem;
  std::optional<std::string> content = read_file(*path, problem);
  if (!content) log_here(cf, problem);
  return content;
}

}  // namespace trestle::http
