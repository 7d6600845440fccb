#include "pages/dev_site.h"

#include "base/json.h"
#include "base/text.h"
#include "pages/visit.h"

namespace trestle::pages {

std::unique_ptr<const Site> DevSite::refresh() {
  std::uint64_t now = source_->stamp();
  if (now == stamp_) return nullptr;
  stamp_ = now;
  Result<std::unique_ptr<Site>> loaded = source_->load();
  if (!loaded.ok()) {
    error_ = std::move(loaded).error();
    return nullptr;
  }
  error_.reset();
  return std::move(loaded).value();
}

std::string DevSite::stamp() const { return std::to_string(stamp_); }

void append_dev_script(const Visit& visit, std::string& page) {
  if (visit.dev_stamp.empty()) return;
  std::string path;
  append_json_string(path, visit.path(kDevPath));
  page.append(concat(
      {"\n<script>(function(){const seen='", visit.dev_stamp,
       "';setInterval(async function(){try{const r=await fetch(", path,
       ",{cache:'no-store'});if(r.ok&&await r.text()!==seen)location.reload()}"
       "catch(e){}},700)})()</script>\n"}));
}

}  // namespace trestle::pages
