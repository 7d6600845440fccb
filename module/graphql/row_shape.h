// How the rows of one flat statement become one value of an answer. The rows
// are of several levels: those of the root, and those of each list inside of
// it. Where there are lists, the first cell tells a row's level, and a row of a
// list says the number or the key of the row that it belongs to.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace trestle::graphql {

struct RowShape {
  // At most one of cell, object and level; none: the key holds the value.
  struct Member {
    std::string key;  // "name":
    std::optional<std::size_t> cell = {};
    std::optional<std::size_t> object = {};  // in cells of the same row
    std::optional<std::size_t> level = {};   // a list of rows of that level
  };
  struct Object {
    std::vector<Member> members;
    std::optional<std::size_t> mark = {};  // the cell that says: it is there
  };
  struct Level {
    std::size_t object = 0;
    std::vector<std::size_t> lists = {};  // levels, in the order of members
    // Of a list: the cell that holds the number or key.
    std::optional<std::size_t> up = {};
    // Of a list whose rows say a key: the cell that holds it in the rows that
    // they belong to.
    std::optional<std::size_t> key = {};
  };

  std::vector<Object> objects;
  std::vector<Level> levels;  // the root is the first
  bool list = true;           // else the root is one object, or null
};

}  // namespace trestle::graphql
