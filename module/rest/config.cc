#include "rest/config.h"

#include "sql/sql_writer.h"

namespace trestle::rest {

std::string search_path_of(const RestConfig& config, std::string_view schema) {
  std::string path;
  append_identifier(path, schema);
  for (const std::string& extra : config.extra_search_path) {
    path += ", ";
    append_identifier(path, extra);
  }
  return path;
}

}  // namespace trestle::rest
