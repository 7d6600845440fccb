// The kinds of requests, with what they ask.
#include "support/item_ways.h"
#include "support/mixed_requests.h"
#include "support/schema_changes.h"
#include "support/users.h"

namespace trestle::testing {

const char* const kMixedSchema = R"(
create table api.shelf (id int primary key, name text not null);
create table api.book (id int primary key, title text not null,
  shelf_id int not null references api.shelf);
insert into api.shelf select i, 'shelf-' || i from generate_series(1, 9) i;
insert into api.book select i, 'book-' || i, (i - 1) % 9 + 1
  from generate_series(1, 90) i;
create table api.owned (id int primary key, owner text not null,
  n int not null default 0);
insert into api.owned select i, 'user' || i % 20 from generate_series(0, 59) i;
alter table api.owned enable row level security;
create policy own on api.owned using (owner =
  current_setting('request.jwt.claims', true)::json ->> 'sub');
create table api.secret (id int primary key);
create function api.on_message(message jsonb, session jsonb) returns jsonb
  language sql as $$ select message $$;
grant usage on schema api to customer;
grant select on api.shelf, api.book to web_anon, customer;
grant select, update on api.owned to web_anon, customer;
grant all on api.item, api.memo to web_anon, customer;
revoke all on api.secret from web_anon;
)";

std::string mixed_locations() {
  return kItemLocations + std::string(R"(
  location = /one { trestle_query db one.sql; }
  location = /me { trestle_query db me.sql; }
  location = /mine { trestle_query db mine.sql; }
  location = /push { trestle_query db push.sql; }
  location = /fail { trestle_query db fail.sql; }
  location = /rows { trestle_query db rows.sql; }
  location = /dirt { trestle_query db dirt.sql; }
  location = /state { trestle_query db state.sql; }
  location = /upload { trestle_query db upload.sql; }
  location = /sleep { trestle_query db sleep.sql; trestle_query_timeout 50ms; }
  location /kept/ {
    trestle_rest db schema=api;
    trestle_cache on;
    add_header X-Cache $trestle_cache_status;
  }
  location = /kept_mine { trestle_query db mine.sql; trestle_cache on; }
  location = /live { trestle_live db on_message=api.on_message; }
  location /status { trestle_status; }
)");
}

void write_mixed_files(NginxServer& nginx) {
  write_item_files(nginx);
  nginx.file("one.sql", "-- @value\nselect 1;");
  nginx.file("me.sql",
             "-- @one\nselect :claims.sub as sub, current_user::text as role, "
             "current_setting('request.jwt.claims', true)::json ->> 'sub' "
             "as s;");
  nginx.file("mine.sql", "select owner from api.owned;");
  nginx.file("pages/shown.sql", "-- @many rows\nselect owner from api.owned;");
  nginx.file("pages/shown.html",
             "{% for row in rows %}<p>{{ row.owner }}</p>{% endfor %}");
  nginx.file("push.sql",
             "-- @post\n-- @exec\nselect trestle.push('room', '1');");
  nginx.file("fail.sql", "-- @value\nselect 1 / :by!::int;");
  nginx.file("rows.sql",
             "select i, repeat('x', 50) as t from generate_series(1, "
             ":n::int) i;");
  nginx.file("dirt.sql",
             "-- @post\n-- @value\nselect set_config('trestle.dirt', 'left "
             "behind', false);");
  nginx.file("state.sql",
             "-- @value\nselect coalesce(current_setting('trestle.dirt', "
             "true), '');");
  nginx.file("upload.sql", "-- @post\n-- @value\nselect length(:body::text);");
  nginx.file("sleep.sql", "-- @value\nselect 1 from pg_sleep(5);");
}

namespace {

// Requests that are always the same: what must come, and hold.
struct Fixed {
  const char* name;
  int weight;
  const char* method;
  const char* target;
  const char* body;
  int status;
  const char* holds;
  ErrorForm form = ErrorForm::json;
  const char* accept = "*/*";
};

constexpr const char* kCode = R"({"code":")";
constexpr const char* kErrors = R"("errors":[{)";
constexpr const char* kGraphqlShelf =
    R"({"query":"{ shelf(where: {id: {_eq: 2}}) { name books { title } } }"})";
constexpr const char* kGraphqlWrongId =
    R"({"query":"{ shelf(where: {id: {_eq: \"x\"}}) { id } }"})";

const Fixed kFixed[] = {
    {"file", 8, "GET", "/one", "", 200, "1"},
    {"file: session state", 2, "GET", "/state", "", 200, "\"\""},
    {"file: leaves state", 2, "POST", "/dirt", "{}", 200, "left behind"},
    {"file: push", 2, "POST", "/push", "{}", 204, ""},
    {"file: divides by 0", 2, "GET", "/fail?by=0", "", 400, "22012"},
    {"file: bad value", 2, "GET", "/fail?by=x", "", 400, "22P02"},
    {"file: no value", 2, "GET", "/fail", "", 400, "TRS103"},
    {"file: bad body", 1, "POST", "/memo", "{\"id\":", 400, "TRS101"},
    {"file: other method", 1, "PUT", "/push", "{}", 405, "TRS107"},
    {"file: too slow", 1, "GET", "/sleep", "", 504, "57014"},
    {"rest: embed", 6, "GET",
     "/api/shelf?select=name,book(title)&id=eq.3&book.order=id&book.limit=1",
     "", 200, R"([{"name":"shelf-3","book":[{"title": "book-3"}]}])"},
    {"rest: to one", 3, "GET", "/api/book?select=title,shelf(name)&id=eq.10",
     "", 200, R"([{"title":"book-10","shelf":{"name": "shelf-1"}}])"},
    {"rest: csv", 3, "GET", "/api/book?id=lt.3&order=id", "", 200,
     "id,title,shelf_id\n1,book-1,1\n2,book-2,2", ErrorForm::json, "text/csv"},
    {"rest: list", 3, "GET", "/api/book?order=id", "", 200,
     R"({"id":90,"title":"book-90","shelf_id":9})"},
    {"rest: head", 1, "HEAD", "/api/book", "", 200, "", ErrorForm::none},
    {"rest: OpenAPI", 1, "GET", "/api/", "", 200, "\"swagger\""},
    {"rest: unknown table", 2, "GET", "/api/nowhere", "", 404, kCode},
    {"rest: unknown column", 2, "GET", "/api/book?titel=eq.1", "", 400, kCode},
    {"rest: bad order", 2, "GET", "/api/book?order=id.up", "", 400, kCode},
    {"rest: bad filter", 2, "GET", "/api/book?id=is.what", "", 400, kCode},
    {"rest: bad value", 1, "GET", "/api/book?id=eq.x", "", 400, kCode},
    {"rest: bad body", 2, "POST", "/api/memo", "[{", 400, kCode},
    {"rest: no right", 1, "GET", "/api/secret", "", 401, kCode},
    {"rest: unknown function", 1, "GET", "/api/rpc/none", "", 404, kCode},
    {"rest: no such format", 1, "GET", "/api/book", "", 406, kCode,
     ErrorForm::json, "image/png"},
    {"graphql: nested", 4, "POST", "/graphql", kGraphqlShelf, 200,
     R"({"data":{"shelf":[{"name":"shelf-2","books":[{"title":"book-2"})",
     ErrorForm::graphql},
    {"graphql: no document", 1, "POST", "/graphql", R"({"query":"{"})", 200,
     kErrors, ErrorForm::graphql},
    {"graphql: unknown field", 1, "POST", "/graphql",
     R"({"query":"{ nowhere { id } }"})", 200, kErrors, ErrorForm::graphql},
    {"graphql: bad value", 1, "POST", "/graphql", kGraphqlWrongId, 200, kErrors,
     ErrorForm::graphql},
    {"graphql: bad body", 1, "POST", "/graphql", "{\"query\":", 400, kErrors,
     ErrorForm::graphql},
    {"page: not found", 2, "GET", "/nowhere", "", 404, "<", ErrorForm::page},
    {"page: bad value", 1, "GET", "/page?id=x", "", 400, "<", ErrorForm::page},
    {"cache: rest", 8, "GET", "/kept/shelf?select=name&id=eq.4", "", 200,
     R"([{"name":"shelf-4"}])"},
    {"cache: embed", 4, "GET", "/kept/book?select=title,shelf(name)&id=eq.20",
     "", 200, R"([{"title":"book-20","shelf":{"name": "shelf-2"}}])"},
    {"cache: bad query", 1, "GET", "/kept/shelf?nmae=eq.1", "", 400, kCode},
    {"status", 1, "GET", "/status", "", 200, "\"workers\""},
    {"status: metrics", 1, "GET", "/status/metrics", "", 200, "trestle_"},
    {"status: live", 1, "GET", "/status/live", "", 200, ""},
    {"live: no handshake", 1, "GET", "/live", "", 426, kCode},
};

RequestKind kind_of(const Fixed& fixed) {
  Headers headers = {{"Accept", fixed.accept}};
  if (*fixed.body != '\0')
    headers.emplace_back("Content-Type", "application/json");
  const std::string text =
      request_text(fixed.method, fixed.target, headers, fixed.body);
  return {.name = fixed.name,
          .weight = fixed.weight,
          .form = fixed.form,
          .request = [text](const Ask&) { return text; },
          .is_right =
              [&fixed](const Response& response, const Ask&) {
                return response.status == fixed.status &&
                       response.body.find(fixed.holds) != std::string::npos;
              },
          .may_write = fixed.form == ErrorForm::json &&
                       std::string_view(fixed.method) == "POST"};
}

ErrorForm form_of(const Way& way) {
  if (way.name.starts_with("graphql")) return ErrorForm::graphql;
  return way.name == "page" ? ErrorForm::page : ErrorForm::json;
}

RequestKind item_kind(const Way& way) {
  const auto item = [](const Ask& ask) {
    return std::to_string(ask.id % kItems + 1);
  };
  return {.name = "item by " + std::string(way.name),
          .weight = 3,
          .form = form_of(way),
          .request = [=](const Ask& ask) { return way.request(item(ask)); },
          .is_right =
              [=](const Response& response, const Ask& ask) {
                return way.is_right(response, item(ask));
              }};
}

RequestKind memo_kind(const Way& way) {
  return {
      .name = "memo by " + std::string(way.name),
      .weight = 2,
      .form = form_of(way),
      .request =
          [way](const Ask& ask) { return way.request(std::to_string(ask.id)); },
      .is_right =
          [way](const Response& response, const Ask& ask) {
            return way.is_right(response, std::to_string(ask.id));
          },
      .may_write = true,
      .writes = true};
}

// As a customer: answers that show whose they are. `before` and `behind` stand
// around the names of the rows.
struct Own {
  const char* name;
  const char* method;
  const char* target;
  const char* body;
  const char* before;
  const char* between;
  const char* behind;
  ErrorForm form = ErrorForm::json;
};

const Own kOwn[] = {
    {"own by file", "GET", "/mine", "", R"([{"owner":")", R"("},{"owner":")",
     R"("}])"},
    {"own by cached file", "GET", "/kept_mine", "", R"([{"owner":")",
     R"("},{"owner":")", R"("}])"},
    {"own by rest", "GET", "/api/owned?select=owner", "", R"([{"owner":")",
     "\"}, \n {\"owner\":\"", R"("}])"},
    {"own by cached rest", "GET", "/kept/owned?select=owner", "",
     R"([{"owner":")", "\"}, \n {\"owner\":\"", R"("}])"},
    {"own by graphql", "POST", "/graphql", R"({"query":"{ owned { owner } }"})",
     R"({"data":{"owned":[{"owner":")", R"("},{"owner":")", R"("}]}})",
     ErrorForm::graphql},
    {"own by page", "GET", "/shown", "", "<p>", "</p><p>", "</p>",
     ErrorForm::page},
};

const std::string& authorization_of(int user) {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> made;
    for (int i = 0; i < kUsers; i++) made.push_back("Bearer " + user_token(i));
    return made;
  }();
  return all.at(static_cast<std::size_t>(user));
}

std::string request_as(int user, std::string_view method,
                       std::string_view target, std::string_view body = {}) {
  Headers headers = {{"Authorization", authorization_of(user)}};
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  return request_text(method, target, headers, body);
}

RequestKind kind_of(const Own& own) {
  return {.name = own.name,
          .weight = 4,
          .form = own.form,
          .request =
              [&own](const Ask& ask) {
                return request_as(ask.user, own.method, own.target, own.body);
              },
          .is_right =
              [&own](const Response& response, const Ask& ask) {
                const std::string name = user_name(ask.user);
                return response.status == 200 &&
                       response.body == own.before + name + own.between + name +
                                            own.between + name + own.behind;
              }};
}

RequestKind identity() {
  return {.name = "who am I",
          .weight = 6,
          .request =
              [](const Ask& ask) { return request_as(ask.user, "GET", "/me"); },
          .is_right =
              [](const Response& response, const Ask& ask) {
                const std::string name = user_name(ask.user);
                return response.status == 200 &&
                       response.body == R"({"sub":")" + name +
                                            R"(","role":"customer","s":")" +
                                            name + "\"}";
              }};
}

RequestKind bad_token() {
  return {.name = "bad token",
          .weight = 2,
          .request =
              [](const Ask& ask) {
                return request_text(
                    "GET", "/me",
                    {{"Authorization", authorization_of(ask.user) + "x"}});
              },
          .is_right =
              [](const Response& response, const Ask&) {
                return response.status == 401 &&
                       response.body.starts_with(kCode);
              }};
}

// A row of the user's: whoever follows the table hears of it.
RequestKind own_change() {
  return {.name = "own row changes",
          .weight = 4,
          .request =
              [](const Ask& ask) {
                const std::string id = std::to_string(ask.user + kUsers);
                return request_as(ask.user, "PATCH", "/api/owned?id=eq." + id,
                                  "{\"n\":" + std::to_string(ask.id) + "}");
              },
          .is_right = [](const Response& response,
                         const Ask&) { return response.status == 204; },
          .may_write = true};
}

// Some are kept in memory, some in a file.
RequestKind upload() {
  const auto size = [](const Ask& ask) { return ask.id * 7'919 % 100'000 + 1; };
  return {.name = "upload",
          .weight = 2,
          .request =
              [=](const Ask& ask) {
                return request_text("POST", "/upload",
                                    {{"Content-Type", "text/plain"}},
                                    std::string(size(ask), 'x'));
              },
          .is_right =
              [=](const Response& response, const Ask& ask) {
                return response.status == 200 &&
                       response.body == std::to_string(size(ask));
              },
          .may_write = true};
}

RequestKind many_rows() {
  const auto rows = [](const Ask& ask) { return ask.id % 2'000 + 1; };
  return {.name = "many rows",
          .weight = 2,
          .request =
              [=](const Ask& ask) {
                return request_text("GET",
                                    "/rows?n=" + std::to_string(rows(ask)));
              },
          .is_right =
              [=](const Response& response, const Ask& ask) {
                const std::string last = "{\"i\":" + std::to_string(rows(ask)) +
                                         ",\"t\":\"" + std::string(50, 'x') +
                                         "\"}]";
                return response.status == 200 && response.body.ends_with(last);
              },
          .streams = true};
}

}  // namespace

std::vector<RequestKind> mixed_kinds() {
  std::vector<RequestKind> kinds;
  for (const Fixed& fixed : kFixed) kinds.push_back(kind_of(fixed));
  for (const Own& own : kOwn) kinds.push_back(kind_of(own));
  for (const Way& way : item_ways()) kinds.push_back(item_kind(way));
  for (const Way& way : memo_ways()) kinds.push_back(memo_kind(way));
  for (RequestKind& kind : std::vector<RequestKind>{
           identity(), bad_token(), own_change(), upload(), many_rows()})
    kinds.push_back(std::move(kind));
  return kinds;
}

}  // namespace trestle::testing
