// `make demo`, started and driven as its reader would: the shop answers, a
// second one names the busy port, and nothing is left behind.
#include "support/demo.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

#include "support/docs.h"
#include "support/http_client.h"

namespace trestle::testing {
namespace {

class DemoTest : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef TRESTLE_PRELOAD
    GTEST_SKIP() << "the demo runs the module as it is installed";
#endif
  }

  [[nodiscard]] Response request(std::string_view method,
                                 std::string_view target,
                                 std::string_view body = {}) const {
    HttpClient client({port_});
    return client.request(method, target,
                          {{"Content-Type", "application/json"}}, body);
  }

  [[nodiscard]] bool port_is_free() const {
    HttpClient client({port_});
    return !client.connect();
  }

  int port_ = free_port();
};

TEST_F(DemoTest, serves_the_shop_and_cleans_up) {
  Demo demo(port_);
  ASSERT_TRUE(demo.wait_open()) << demo.output();
  const std::string folder = demo.run_folder();
  EXPECT_TRUE(std::filesystem::exists(folder + "/data")) << folder;

  EXPECT_TRUE(
      request("GET", "/products/123")
          .body.starts_with(R"({"id":123,"sku":"KIT-00123","name":"Travel )"));
  const std::string list =
      request("GET", "/products?category=garden&below=2500&limit=3").body;
  EXPECT_TRUE(list.starts_with("[{\"id\":")) << list;
  EXPECT_EQ(list.find("kitchen"), std::string::npos);
  const Response created = request(
      "POST", "/products",
      R"({"name": "Nordic Brass Bell", "category": "music", "cents": 1900})");
  EXPECT_EQ(created.status, 201) << created.body;
  EXPECT_EQ(created.header("Location"), "/products/1201");
  EXPECT_EQ(request("PUT", "/products/1201",
                    R"({"name": "Bell", "category": "music", "cents": 1})")
                .status,
            200);
  EXPECT_EQ(request("DELETE", "/products/1201").status / 100, 2);
  const Response missing = request("GET", "/products/1201");
  EXPECT_EQ(missing.status, 404);
  EXPECT_TRUE(missing.body.starts_with("{\"code\":\"TRS201\""));

  const Response login = request(
      "POST", "/login",
      R"({"email": "finn.fischer.2@example.com", "password": "secret"})");
  ASSERT_TRUE(login.body.starts_with("{\"token\":\"")) << login.body;
  HttpClient client({port_});
  const Response orders = client.get(
      "/orders", {{"Authorization",
                   "Bearer " + login.body.substr(10, login.body.size() - 12)}});
  EXPECT_TRUE(orders.body.starts_with("[{\"id\":")) << orders.body;
  EXPECT_EQ(request("GET", "/orders").status, 401);

  // REST: visitors read, customers write their own rows.
  const Headers customer = {
      {"Content-Type", "application/json"},
      {"Authorization",
       "Bearer " + login.body.substr(10, login.body.size() - 12)},
      {"Prefer", "return=representation"}};
  const std::string review =
      R"({"product_id": 123, "stars": 5, "body": "It glows."})";
  const Response refused = request("POST", "/api/reviews", review);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.body,
            R"({"code":"42501","details":null,"hint":null,"message":)"
            R"("permission denied for table reviews"})");
  EXPECT_EQ(
      client.request("POST", "/api/reviews?select=stars,body", customer, review)
          .body,
      R"([{"stars":5,"body":"It glows."}])");
  EXPECT_EQ(client
                .request("PATCH", "/api/reviews?product_id=eq.123", customer,
                         R"({"customer_id": 1})")
                .status,
            403);
  const Response order = client.request(
      "POST", "/api/orders?select=order_items(product_id,quantity)", customer,
      R"({"order_items": [{"product_id": 123, "quantity": 1, "cents": 2049}]})");
  EXPECT_EQ(order.body,
            R"([{"order_items":[{"quantity": 1, "product_id": 123}]}])");
  EXPECT_NE(request("GET", "/docs/").body.find("/docs/swagger-ui-bundle.js"),
            std::string::npos);
  // Where npm is, so are its files.
  if (std::filesystem::exists(folder + "/swagger/swagger-ui-bundle.js")) {
    EXPECT_EQ(request("GET", "/docs/swagger-ui-bundle.js").status, 200);
    EXPECT_EQ(request("GET", "/docs/swagger-ui.css").status, 200);
  }

  EXPECT_NE(request("GET", "/graphiql").body.find("graphiql.min.js"),
            std::string::npos);
  const Response schema_first = client.request(
      "POST", "/tutorial",
      {{"Content-Type", "application/json"},
       {"Authorization",
        "Bearer " + login.body.substr(10, login.body.size() - 12)}},
      R"({"query": "{ user { posts { title content } } }"})");
  EXPECT_TRUE(
      schema_first.body.starts_with(R"({"data":{"user":{"posts":[{"title":")"))
      << schema_first.body;

  // Every link of the start page leads somewhere.
  const std::string page = request("GET", "/").body;
  int links = 0;
  for (std::size_t at = 0;
       (at = page.find("href=\"/", at)) != std::string::npos;) {
    at += 6;
    std::string link = page.substr(at, page.find('"', at) - at);
    for (std::size_t amp; (amp = link.find("&amp;")) != std::string::npos;)
      link.erase(amp + 1, 4);
    const int status = request("GET", link).status;
    const bool asks_to_log_in = link == "/shop/orders" && status == 303;
    EXPECT_TRUE(status == 200 || asks_to_log_in || link == "/products/999999")
        << link << " " << status;
    links++;
  }
  EXPECT_GE(links, 4);
  EXPECT_EQ(request("GET", "/style.css").status, 200);

  Demo second(port_);
  ASSERT_TRUE(second.process().wait());
  EXPECT_EQ(second.process().exit_code(), 1);
  const std::string said = second.output();
  EXPECT_NE(said.find("port " + std::to_string(port_) + " is taken"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("PORT="), std::string::npos) << said;

  demo.process().signal(SIGTERM);
  ASSERT_TRUE(demo.process().wait());
  EXPECT_EQ(demo.process().exit_code(), 0);
  EXPECT_TRUE(wait_until([this] { return port_is_free(); }));
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(DemoTest, answers_as_the_readme_says) {
  Demo demo(port_);
  ASSERT_TRUE(demo.wait_open()) << demo.output();
  const TempFolder folder;
  int ran = 0;
  for (const DocsBlock& block : blocks_of(read_file("README.md"))) {
    if (block.language != "console") continue;
    run_console(block.text, folder, docs_environment(port_));
    ran++;
  }
  EXPECT_GE(ran, 5);
  demo.process().signal(SIGTERM);
  ASSERT_TRUE(demo.process().wait());
}

TEST_F(DemoTest, starts_again_after_it_was_killed) {
  Demo demo(port_);
  ASSERT_TRUE(demo.wait_open()) << demo.output();
  demo.process().signal(SIGKILL);
  ASSERT_TRUE(demo.process().wait());
  Demo again(port_);
  ASSERT_TRUE(again.wait_open()) << again.output();
  EXPECT_EQ(request("GET", "/products/1").status, 200);
  // While it runs a command, a shell leaves SIGINT to that command.
  ASSERT_TRUE(wait_until([&] {
    return again.output().find("Here is the log") != std::string::npos;
  }));
  again.process().signal(SIGINT);
  ASSERT_TRUE(again.process().wait());
  EXPECT_TRUE(wait_until([this] { return port_is_free(); }));
}

}  // namespace
}  // namespace trestle::testing
