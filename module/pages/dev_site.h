// What trestle_dev adds to a site: its files are read anew when they change,
// and browsers that show its pages are told to load them again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "pages/site.h"

namespace trestle::pages {

struct Visit;

// Where a site comes from. The only part that touches the file system.
class SiteSource {
 public:
  virtual ~SiteSource() = default;
  // Another number when a file has changed, come or gone.
  [[nodiscard]] virtual std::uint64_t stamp() const = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<Site>> load() const = 0;
};

class DevSite {
 public:
  explicit DevSite(std::unique_ptr<const SiteSource> source)
      : source_(std::move(source)), stamp_(source_->stamp()) {}

  // The site, when its files have changed since the last call and are right;
  // what is wrong with them is in error() until they are.
  [[nodiscard]] std::unique_ptr<const Site> refresh();
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] std::string stamp() const;

 private:
  std::unique_ptr<const SiteSource> source_;
  std::uint64_t stamp_;
  std::optional<Error> error_;
};

// The path below the site's that a browser asks for the stamp.
inline constexpr std::string_view kDevPath = "/_trestle/dev";

// Appends the script that loads the page again when the stamp has changed. Does
// nothing for others than developers.
void append_dev_script(const Visit& visit, std::string& page);

}  // namespace trestle::pages
