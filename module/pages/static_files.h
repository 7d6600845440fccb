// The files of static/, kept in memory: style sheets, scripts, icons. Each has
// a second name with a fingerprint of its content, so that browsers may keep it
// for good; asset() in templates writes that name. Large files belong into a
// location of nginx's own.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/http_message.h"

namespace trestle::pages {

class StaticFiles {
 public:
  // `name` without "static/". A name that ends in .gz is the compressed form
  // of the file without it, and a file of its own where there is none.
  void add(std::string name, std::string text);
  // Once, after the last add().
  void finish();

  // "app.css" -> "app.3fa9c1d2.css"; empty: no such file.
  [[nodiscard]] std::string_view fingerprinted(std::string_view name) const;

  // Answers for a name with or without fingerprint. One of an older content
  // gets the present one. False: no such file, nothing was answered.
  [[nodiscard]] bool answer(std::string_view name, const Request& request,
                            ResponseSink& response) const;

 private:
  struct File {
    std::string text;
    std::string gzip;  // empty: none
    std::string fingerprint;
    std::string public_name;
  };
  std::map<std::string, File, std::less<>> files_;
};

}  // namespace trestle::pages
