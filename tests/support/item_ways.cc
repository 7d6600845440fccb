#include "support/item_ways.h"

#include <algorithm>

#include "support/schema_changes.h"

namespace trestle::testing {
namespace {

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}

const Headers kJson = {{"Content-Type", "application/json"}};

// A price may be a number or a text, as its column is.
bool is_named_and_priced(const Response& response, const std::string& id) {
  const std::string text = without_spaces(response.body);
  const bool priced = text.find("\"price\":" + id + "0") != text.npos ||
                      text.find("\"price\":\"" + id + "0\"") != text.npos;
  return response.status == 200 && priced &&
         text.find("\"name\":\"name-" + id + "\"") != text.npos;
}

bool is_item(const Response& response, const std::string& id) {
  return is_named_and_priced(response, id) &&
         has_status(without_spaces(response.body));
}

// As is_item(), and columns that are composites come as objects.
bool is_whole_item(const Response& response, const std::string& id) {
  const std::string text = without_spaces(response.body);
  const std::string place = "{\"x\":" + id + ",\"y\":-" + id + "}";
  const bool is_extra_right =
      text.find("\"extra\"") == text.npos ||
      text.find("\"extra\":7") != text.npos ||
      text.find("\"extra\":{\"x\":7,\"y\":8}") != text.npos;
  return is_item(response, id) && is_extra_right &&
         text.find("\":" + place) != text.npos;
}

}  // namespace

std::vector<Way> item_ways() {
  const auto get = [](std::string target) {
    return [target](const std::string& id) {
      return request_text("GET", target + id);
    };
  };
  return {
      {"rest", get("/api/item?id=eq."), is_whole_item},
      {"rest columns", get("/api/item?select=id,name,price,status,spot&id=eq."),
       is_whole_item},
      {"rpc", get("/api/rpc/named?id="), is_whole_item},
      {"rpc columns", get("/api/rpc/named?select=id,name,price,status&id="),
       is_item},
      {"rpc plpgsql", get("/api/rpc/listed?id="), is_whole_item},
      {"graphql",
       [](const std::string& id) {
         return request_text("POST", "/graphql", kJson,
                             "{\"query\":\"{ item(where: {id: {_eq: " + id +
                                 "}}) { id name price status } }\"}");
       },
       is_item},
      {"graphql function",
       [](const std::string& id) {
         return request_text("POST", "/graphql", kJson,
                             "{\"query\":\"{ named(args: {id: " + id +
                                 "}) { id name price status } }\"}");
       },
       is_item},
      {"file", get("/file?id="), is_item},
      {"file of a function", get("/call?id="), is_whole_item},
      {"file of a column of a function", get("/column?id="), is_item},
      {"star", get("/star?id="), is_whole_item},
      {"list", get("/list?id="), is_whole_item},
      {"page", get("/page?id="), is_named_and_priced},
  };
}

std::vector<Way> memo_ways() {
  const auto is_note = [](const Response& response, const std::string& id) {
    const std::string text = without_spaces(response.body);
    return response.status / 100 == 2 &&
           text.find("\"name\":\"note-" + id + "\"") != text.npos &&
           has_status(text);
  };
  const auto post = [](std::string target, std::string before,
                       std::string behind, Headers headers) {
    return [=](const std::string& id) {
      return request_text("POST", target, headers, before + id + behind);
    };
  };
  const Headers rest = {{"Content-Type", "application/json"},
                        {"Prefer", "return=representation"}};
  const auto insert = [=](const std::string& id) {
    return request_text("POST", "/api/memo", rest,
                        R"({"id":)" + id + R"(,"name":"note-)" + id + "\"}");
  };
  const auto mutate = [](const std::string& id) {
    return request_text(
        "POST", "/graphql", kJson,
        R"({"query":"mutation { insert_memo_one(object: {id: )" + id +
            R"(, name: \"note-)" + id + R"(\"}) { id name status } }"})");
  };
  return {
      {"file", post("/memo", R"({"id":)", "}", kJson), is_note},
      {"file from a function", post("/copy", R"({"id":)", "}", kJson),
       [](const Response& response, const std::string&) {
         return response.status == 204;
       }},
      {"rest", insert, is_note},
      {"graphql", mutate, is_note},
  };
}

void write_item_files(NginxServer& nginx) {
  nginx.file("pages/page.sql",
             "-- @one item\nselect * from api.item where id = :id::int;");
  nginx.file("pages/page.html",
             "{\"name\": \"{{ item.name }}\", \"price\": \"{{ item.price }}"
             "\", \"status\": \"{{ item.status }}\"}");
  nginx.file("file.sql",
             "-- @one\nselect id, name, price, status from api.item "
             "where id = :id::int;");
  nginx.file("star.sql",
             "-- @one\nselect * from api.item where id = :id::int;");
  nginx.file("call.sql", "-- @one\nselect * from api.named(:id::int);");
  nginx.file("column.sql",
             "-- @one\nselect name, price, status from api.named(:id::int) "
             "where id > 0;");
  nginx.file("list.sql", "select * from api.item where id = :id::int;");
  nginx.file("note.sql",
             "-- @post\n-- @one\ninsert into api.memo (id, name) values "
             "(:id::bigint, 'note-' || :id) returning *;");
  nginx.file("copy.sql",
             "-- @post\n-- @exec\ninsert into api.memo (id, name) select "
             ":id::bigint, 'note-' || :id from api.named(1) item "
             "where item.status::text like '%new%';");
}

}  // namespace trestle::testing
