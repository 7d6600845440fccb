// trestle_graphql as HTTP sees it: persisted and trusted documents, limits as
// options, introspection for some roles, several workers.
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include "support/graphql_test.h"

namespace trestle::testing {
namespace {

constexpr const char* kNotes = R"(
create schema api;
grant usage on schema api to web_anon, customer;
create table api.note (id int primary key, text text not null);
create table api.tag (note_id int not null references api.note, name text,
                      primary key (note_id, name));
insert into api.note select n, 'note ' || n from generate_series(1, 5) n;
grant select on all tables in schema api to web_anon, customer;
)";

class GraphqlHttp : public GraphqlServerTest {
 protected:
  void serve(std::string_view options, int workers = 1,
             const std::string& directives = "") {
    if (workers > 1) configure({.workers = workers});
    sql(kNotes);
    nginx().file("key", kGraphqlKey);
    nginx().file("trusted/notes.graphql", kTrusted);
    start(directives + R"(
trestle_database db {
  primary "@postgres@";
  pool_size 2;
  anonymous_role web_anon;
  jwt_secret_file key;
}
server {
  listen @port@;
  location = /graphql { trestle_graphql db schema=api )" +
          std::string(options) + R"(; }
  location /status { trestle_status; }
})");
  }

  static constexpr const char* kTrusted = "{ note(limit: 1) { id } }";
  // SHA-256 of kTrusted.
  static constexpr const char* kTrustedHash =
      "caa99af0b24cf37264330ceac95c47e9d281224df3be3604a3975cbcb5099d13";
};

std::string sha256_hex(std::string_view text) {
  unsigned char bytes[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         bytes);
  std::string out;
  for (unsigned char byte : bytes)
    for (int digit : {byte >> 4, byte & 15})
      out.push_back("0123456789abcdef"[digit]);
  return out;
}

std::string persisted(std::string_view hash, std::string_view query = "") {
  std::string body = "{";
  if (!query.empty()) body += "\"query\": \"" + json_escaped(query) + "\", ";
  return body + R"("extensions": {"persistedQuery": {"version": 1, )" +
         R"("sha256Hash": ")" + std::string(hash) + "\"}}}";
}

TEST_F(GraphqlHttp, persisted_documents_are_sent_once) {
  serve("");
  auto post = [&](const std::string& body) {
    return nginx()
        .request("POST", "/graphql", {{"Content-Type", "application/json"}},
                 body)
        .body;
  };
  EXPECT_NE(post(persisted(kTrustedHash)).find("PersistedQueryNotFound"),
            std::string::npos);
  const char* answer = R"({"data":{"note":[{"id":1}]}})";
  EXPECT_EQ(post(persisted(kTrustedHash, kTrusted)), answer);
  EXPECT_EQ(post(persisted(kTrustedHash)), answer);
  EXPECT_NE(post(persisted(kTrustedHash, "{ note { id } }"))
                .find("provided sha does not match query"),
            std::string::npos);
  const std::string extensions =
      "%7B%22persistedQuery%22%3A%7B%22version%22%3A1%2C%22sha256Hash%22%3A%"
      "22" +
      std::string(kTrustedHash) + "%22%7D%7D";
  EXPECT_EQ(nginx().get("/graphql?extensions=" + extensions).body, answer);
}

// The workers of a reload know nothing by themselves.
TEST_F(GraphqlHttp, persisted_documents_are_known_to_all_workers) {
  serve("", 2);
  auto post = [&](const std::string& body) {
    return nginx()
        .request("POST", "/graphql", {{"Content-Type", "application/json"}},
                 body)
        .body;
  };
  const char* answer = R"({"data":{"note":[{"id":1}]}})";
  EXPECT_EQ(post(persisted(kTrustedHash, kTrusted)), answer);
  for (int i = 0; i < 8; i++) EXPECT_EQ(post(persisted(kTrustedHash)), answer);
  nginx().reload();
  for (int i = 0; i < 8; i++) EXPECT_EQ(post(persisted(kTrustedHash)), answer);
}

TEST_F(GraphqlHttp, persisted_documents_have_their_share_of_memory) {
  serve("", 1, "trestle_graphql_memory 128k;");
  // More than fits, and one that is too large for the zone.
  for (int i = 0; i < 40; i++) {
    const std::string query = "{ note(limit: 1) { id } } #" +
                              std::string(i == 20 ? 60'000 : 8'000, 'x') +
                              std::to_string(i);
    EXPECT_EQ(
        nginx()
            .request("POST", "/graphql", {{"Content-Type", "application/json"}},
                     persisted(sha256_hex(query), query))
            .body,
        R"({"data":{"note":[{"id":1}]}})");
  }
  nginx().reload();
  int known = 0;
  for (int i = 0; i < 40; i++) {
    const std::string query = "{ note(limit: 1) { id } } #" +
                              std::string(8'000, 'x') + std::to_string(i);
    const std::string body =
        nginx()
            .request("POST", "/graphql", {{"Content-Type", "application/json"}},
                     persisted(sha256_hex(query)))
            .body;
    const bool found = body.find("\"data\"") != std::string::npos;
    known += found ? 1 : 0;
    if (i == 39) {
      EXPECT_TRUE(found) << body;
    }
    if (i == 0) {
      EXPECT_NE(body.find("PersistedQueryNotFound"), std::string::npos);
    }
  }
  EXPECT_GE(known, 4);
  EXPECT_LE(known, 16);
}

TEST_F(GraphqlHttp, what_fails_when_it_runs_names_its_field) {
  serve("");
  const std::string failed =
      ask("{ mine: note(where: {text: {_regex: \"(\"}}) { id } }");
  EXPECT_NE(failed.find(R"("path":["mine"])"), std::string::npos) << failed;
  const std::string refused = ask("{ mine: nothing { id } }");
  EXPECT_EQ(refused.find(R"("path":[)"), std::string::npos) << refused;
}

TEST_F(GraphqlHttp, trusted_documents_are_all_there_is) {
  serve("trusted=trusted trusted_only=on");
  EXPECT_EQ(ask(kTrusted), R"({"data":{"note":[{"id":1}]}})");
  EXPECT_NE(ask("{ note { id } }").find("not a trusted one"),
            std::string::npos);
  EXPECT_EQ(
      nginx()
          .request("POST", "/graphql", {{"Content-Type", "application/json"}},
                   persisted(kTrustedHash))
          .body,
      R"({"data":{"note":[{"id":1}]}})");
}

TEST_F(GraphqlHttp, limits_are_options) {
  serve(
      "max_depth=3 max_fields=6 max_aliases=2 max_root_fields=3 "
      "max_directives=1 max_tokens=60 max_where_depth=2 max_rows=2 "
      "max_complexity=20 max_document_size=300 max_variables_size=100");
  const char* refused[] = {
      "{ note { tags { note { tags { name } } } } }",
      "{ note { a: id id text tags { name note_id } } tag { name } }",
      "{ note { a: id b: id c: id } }",
      "{ a: __typename __typename note { id } tag { name } }",
      "{ note @skip(if: false) { id @skip(if: false) } }",
      "{ note(where: {_not: {_not: {_not: {}}}}) { id } }",
      "{ note { id } note { id } note { id } note { id } note { id } note { id "
      "} note { id } note { id } note { id } note { id } note { id } note { id "
      "} }"};
  for (const char* query : refused)
    EXPECT_NE(ask(query).find("limit-exceeded"), std::string::npos)
        << query << ask(query);
  EXPECT_EQ(ask("{ note { id } }"), R"({"data":{"note":[{"id":1},{"id":2}]}})");
  EXPECT_EQ(send("{ note { id } } # " + std::string(300, 'x')).status, 413);
}

TEST_F(GraphqlHttp, rows_are_estimated) {
  serve("max_complexity=20");
  EXPECT_NE(ask("{ note { id } }").find("may answer 100 rows"),
            std::string::npos);
  EXPECT_EQ(ask("query ($n: Int) { note(limit: $n) { id } }", "{\"n\": 1}"),
            R"({"data":{"note":[{"id":1}]}})");
  EXPECT_NE(ask("query ($n: Int) { note(limit: $n) { id } }", "{\"n\": 21}")
                .find("limit-exceeded"),
            std::string::npos);
}

TEST_F(GraphqlHttp, introspection_is_for_some_roles) {
  serve("introspection=customer");
  const char* query = "{ __schema { queryType { name } } }";
  EXPECT_NE(ask(query).find("introspection is not allowed"), std::string::npos);
  EXPECT_EQ(ask(query, "{}", "customer"),
            R"({"data":{"__schema":{"queryType":{"name":"query_root"}}}})");
  EXPECT_EQ(ask("{ __typename }"), R"({"data":{"__typename":"query_root"}})");
}

// Every worker serves the new schema once the reload has been answered.
TEST_F(GraphqlHttp, a_reload_reaches_all_workers) {
  serve("", 3);
  for (int i = 0; i < 12; i++) EXPECT_EQ(send("{ note { id } }").status, 200);
  for (const char* column : {"one", "two"}) {
    sql(std::string("alter table api.note add column ") + column +
        " int default 7");
    ASSERT_EQ(nginx().request("POST", "/status/reload").status, 204);
    for (int i = 0; i < 12; i++)
      EXPECT_EQ(ask(std::string("{ note(limit: 1) { ") + column + " } }"),
                std::string("{\"data\":{\"note\":[{\"") + column + "\":7}]}}");
  }
  ASSERT_EQ(nginx().request("POST", "/status/release").status / 100, 2);
  for (int i = 0; i < 6; i++) EXPECT_EQ(send("{ note { id } }").status, 200);
}

}  // namespace
}  // namespace trestle::testing
