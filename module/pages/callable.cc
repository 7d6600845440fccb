#include "pages/callable.h"

#include "pages/filter_tables.h"
#include "pages/methods.h"

namespace trestle::pages {

const Callable* find_filter(std::string_view name) {
  for (std::span<const Callable> table :
       {text_filters(), html_filters(), number_filters(), list_filters(),
        select_filters()})
    if (const Callable* found = find_in(table, name)) return found;
  return nullptr;
}

}  // namespace trestle::pages
