// `make demo`, started and driven as its reader would: the shop answers, a
// second one names the busy port, and nothing is left behind.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "support/http_client.h"
#include "support/process.h"

namespace trestle::testing {
namespace {

class Demo : public ::testing::Test {
 protected:
  void SetUp() override {
#ifdef TRESTLE_PRELOAD
    GTEST_SKIP() << "the demo runs the module as it is installed";
#endif
    unsetenv("MAKEFLAGS");
    unsetenv("MAKELEVEL");
  }

  [[nodiscard]] Process start(const std::string& output) const {
    return Process({"bash", "demo/run"},
                   {.environment = {"PORT=" + std::to_string(port_)},
                    .output = folder_.path(output),
                    .as_server_user = false});
  }

  // Waits until the demo has printed what to try.
  [[nodiscard]] bool wait_open(Process& demo, const std::string& output) const {
    return wait_until(
               [&] {
                 return !demo.running() ||
                        folder_.read(output).find("Here is the log") !=
                            std::string::npos;
               },
               Milliseconds(300'000)) &&
           demo.running();
  }

  [[nodiscard]] Response request(std::string_view method,
                                 std::string_view target,
                                 std::string_view body = {}) const {
    HttpClient client({port_});
    return client.request(method, target,
                          {{"Content-Type", "application/json"}}, body);
  }

  // The folder that the demo ran in, from what it printed.
  [[nodiscard]] std::string run_folder(const std::string& output) const {
    const std::string text = folder_.read(output);
    const std::string word = "making a PostgreSQL cluster in ";
    const std::size_t at = text.find(word);
    if (at == std::string::npos) return "";
    const std::size_t from = at + word.size();
    return text.substr(from, text.find_first_of("\x1b\n", from) - from);
  }

  [[nodiscard]] bool port_is_free() const {
    HttpClient client({port_});
    return !client.connect();
  }

  TempFolder folder_;
  int port_ = free_port();
};

TEST_F(Demo, serves_the_shop_and_cleans_up) {
  Process demo = start("one");
  ASSERT_TRUE(wait_open(demo, "one")) << folder_.read("one");
  const std::string folder = run_folder("one");
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
    EXPECT_TRUE(status == 200 || link == "/products/999999")
        << link << " " << status;
    links++;
  }
  EXPECT_GE(links, 4);
  EXPECT_EQ(request("GET", "/style.css").status, 200);

  Process second = start("two");
  ASSERT_TRUE(second.wait());
  EXPECT_EQ(second.exit_code(), 1);
  const std::string said = folder_.read("two");
  EXPECT_NE(said.find("port " + std::to_string(port_) + " is taken"),
            std::string::npos)
      << said;
  EXPECT_NE(said.find("PORT="), std::string::npos) << said;

  demo.signal(SIGTERM);
  ASSERT_TRUE(demo.wait());
  EXPECT_EQ(demo.exit_code(), 0);
  EXPECT_TRUE(wait_until([this] { return port_is_free(); }));
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(Demo, starts_again_after_it_was_killed) {
  Process demo = start("one");
  ASSERT_TRUE(wait_open(demo, "one")) << folder_.read("one");
  demo.signal(SIGKILL);
  ASSERT_TRUE(demo.wait());
  Process again = start("again");
  ASSERT_TRUE(wait_open(again, "again")) << folder_.read("again");
  EXPECT_EQ(request("GET", "/products/1").status, 200);
  again.signal(SIGINT);
  ASSERT_TRUE(again.wait());
  EXPECT_TRUE(wait_until([this] { return port_is_free(); }));
}

}  // namespace
}  // namespace trestle::testing
