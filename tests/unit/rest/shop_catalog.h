// A small shop as a catalog, written in lines that a person can read:
//
//   table orders                     (view, with the same lines, for views)
//     id integer pk default
//     customer_id integer references customers.id
//   function add(a integer, b integer default) returns integer stable
//
// Everything is in the schema api.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "catalog/builder.h"

namespace trestle::testing {

class CatalogText {
 public:
  explicit CatalogText(std::string_view text) {
    for (std::string_view line : split(text, '\n')) {
      std::vector<std::string_view> words;
      for (std::string_view word : split(trim(line), ' '))
        if (!word.empty()) words.push_back(word);
      if (words.empty()) continue;
      if (words[0] == "table" || words[0] == "view")
        add_relation(words);
      else if (words[0] == "function")
        add_function(trim(line).substr(9));
      else
        add_column(words);
    }
    finish_keys();
  }

  catalog::CatalogRef make() {
    using catalog::Query;
    add(Query::schemas, {"api", "The shop"});
    for (const auto& [name, oid] : types())
      add(Query::types,
          {number(oid), "pg_catalog", name, name, "b", oid == 1009 ? "A" : "X",
           "0", oid == 1009 ? "25" : "0", "0", ""});
    for (const Table& table : tables_)
      add(Query::types,
          {number(table.oid + 1), "api", table.name, "api." + table.name, "c",
           "C", "0", "0", number(table.oid), ""});
    return std::move(builder_).finish();
  }

 private:
  struct Table {
    std::string name;
    Oid oid = 0;
    std::vector<std::string> columns;
    std::vector<std::string> key;  // numbers
  };
  struct Reference {
    std::size_t table;
    std::string column;
    std::string target;
    std::string target_column;
  };

  static const std::vector<std::pair<std::string, Oid>>& types() {
    static const std::vector<std::pair<std::string, Oid>> kTypes = {
        {"integer", 23},   {"text", 25},     {"boolean", 16},
        {"jsonb", 3802},   {"json", 114},    {"tsvector", 3614},
        {"numeric", 1700}, {"text[]", 1009}, {"void", 2278}};
    return kTypes;
  }

  static std::string number(std::size_t value) {
    std::string out;
    append_number(out, static_cast<std::int64_t>(value));
    return out;
  }

  [[nodiscard]] Oid type_oid(std::string_view name) const {
    for (const auto& [known, oid] : types())
      if (known == name) return oid;
    for (const Table& table : tables_)
      if (table.name == name) return table.oid + 1;
    return 0;
  }

  void add(catalog::Query query, const std::vector<std::string>& cells) {
    std::vector<Cell> row;
    for (const std::string& cell : cells)
      row.push_back(cell == "~" ? Cell() : Cell(cell));
    builder_.add(query, row);
  }

  void add_relation(const std::vector<std::string_view>& words) {
    Table table;
    table.name = std::string(words[1]);
    table.oid = static_cast<Oid>(1000 + 10 * tables_.size());
    add(catalog::Query::relations,
        {number(table.oid), number(table.oid + 1), "api", table.name,
         words[0] == "view" ? "v" : "r", "f", "28", "f", "~"});
    tables_.push_back(std::move(table));
  }

  void add_column(const std::vector<std::string_view>& words) {
    Table& table = tables_.back();
    std::string name(words[0]);
    std::string type(words[1]);
    bool has_default = false;
    table.columns.push_back(name);
    for (std::size_t i = 2; i < words.size(); ++i) {
      if (words[i] == "pk") table.key.push_back(number(table.columns.size()));
      if (words[i] == "default") has_default = true;
      if (words[i] == "references" && i + 1 < words.size()) {
        std::size_t dot = words[i + 1].find('.');
        references_.push_back({tables_.size() - 1, name,
                               std::string(words[i + 1].substr(0, dot)),
                               std::string(words[i + 1].substr(dot + 1))});
      }
    }
    add(catalog::Query::columns,
        {number(table.oid), number(table.columns.size()), name,
         number(type_oid(type)), type, type, "f", "", "",
         has_default ? "nextval('" + table.name + "_seq')" : "~", "~", "~"});
  }

  [[nodiscard]] std::string column_number(const Table& table,
                                          std::string_view column) const {
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      if (table.columns[i] == column) return number(i + 1);
    return "0";
  }

  void finish_keys() {
    for (const Table& table : tables_) {
      if (table.key.empty()) continue;
      std::string list;
      for (const std::string& column : table.key)
        list += (list.empty() ? "" : ",") + column;
      add(catalog::Query::keys,
          {number(table.oid), table.name + "_pkey", "t", "[" + list + "]"});
    }
    for (const Reference& reference : references_) {
      const Table& from = tables_[reference.table];
      for (const Table& to : tables_)
        if (to.name == reference.target)
          add(catalog::Query::foreign_keys,
              {from.name + "_" + reference.column + "_fkey", number(from.oid),
               number(to.oid),
               "[" + column_number(from, reference.column) + "]",
               "[" + column_number(to, reference.target_column) + "]"});
    }
  }

  // add(a integer, b integer default) returns [setof] integer [stable]
  void add_function(std::string_view text) {
    std::size_t open = text.find('(');
    std::size_t close = text.find(')');
    std::string names = "[", args = "[";
    int defaults = 0;
    std::string_view list = text.substr(open + 1, close - open - 1);
    for (std::string_view part : split(list, ',')) {
      std::vector<std::string_view> words;
      for (std::string_view word : split(trim(part), ' '))
        if (!word.empty()) words.push_back(word);
      if (words.empty()) continue;
      bool unnamed = words.size() == 1;
      std::string_view type = unnamed ? words[0] : words[1];
      if (names.size() > 1) {
        names += ",";
        args += ",";
      }
      names += "\"" + (unnamed ? std::string() : std::string(words[0])) + "\"";
      args += "\"" + number(type_oid(type)) + "\"";
      if (words.back() == "default") ++defaults;
    }
    std::vector<std::string_view> rest;
    for (std::string_view word : split(trim(text.substr(close + 1)), ' '))
      if (!word.empty()) rest.push_back(word);
    bool set = rest.size() > 1 && rest[1] == "setof";
    std::string_view returns = rest[set ? 2 : 1];
    bool stable = rest.back() == "stable";
    add(catalog::Query::functions,
        {number(5000 + functions_++), "api", std::string(text.substr(0, open)),
         "~", number(type_oid(returns)), set ? "t" : "f", set ? "1000" : "0",
         stable ? "s" : "v", number(static_cast<std::size_t>(defaults)),
         names + "]", "[]", args + "]", "~"});
  }

  catalog::CatalogBuilder builder_;
  std::vector<Table> tables_;
  std::vector<Reference> references_;
  std::size_t functions_ = 0;
};

// What the suites of tests/cases/rest_sql and the unit tests plan against.
inline constexpr std::string_view kShop = R"(
table customers
  id integer pk default
  name text
  tags text[]
  profile jsonb
table products
  id integer pk
  name text
  price numeric
  words tsvector
table orders
  id integer pk default
  customer_id integer references customers.id
  billing_id integer references addresses.id
  shipping_id integer references addresses.id
  status text
table items
  order_id integer pk references orders.id
  product_id integer pk references products.id
  quantity integer
table addresses
  id integer pk
  street text
table categories
  id integer pk
  parent_id integer references categories.id
  name text
view bestsellers
  id integer
  name text
function add(a integer, b integer default) returns integer stable
function touch(id integer) returns void
function cheap(below numeric) returns setof products stable
function take(jsonb) returns jsonb
function total(customers) returns numeric stable
function favourites(customers) returns setof products stable
)";

}  // namespace trestle::testing
