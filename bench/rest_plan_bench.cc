// What the stages request, plan and sql cost for typical REST requests, without
// a server: nanoseconds for one call of RestFrontend::begin().
#include <chrono>
#include <cstdio>

#include "unit/rest/exchange.h"

namespace {

using namespace trestle;
using namespace trestle::testing;

struct Sample {
  const char* name;
  const char* message;
};

constexpr Sample kSamples[] = {
    {"by key", "GET /products?id=eq.7&select=id,name,price"},
    {"page of 20",
     "GET /products?select=id,name,price&price=gt.5&name=like.A*"
     "&order=price.desc,id&limit=20"},
    {"nested",
     "GET /orders?select=id,status,customer:customers(id,name),"
     "items(quantity,product:products(id,name))&order=id.desc&limit=20"},
    {"insert",
     "POST /customers\nPrefer: return=representation\n"
     "Content-Type: application/json\n\n{\"name\":\"Ann\"}"},
    {"update",
     "PATCH /products?id=eq.7\nPrefer: return=representation\n"
     "Content-Type: application/json\n\n{\"price\":5}"},
};

// Headers that clients send beside.
constexpr const char* kUsual =
    "\nHost: shop.example\nAccept: */*\nUser-Agent: bench\n"
    "X-Client-Info: postgrest-js/2\nAuthorization: Bearer x.y.z";

std::string with_usual_headers(std::string_view message) {
  std::size_t end = std::min(message.find("\n\n"), message.size());
  return std::string(message.substr(0, end)) + kUsual +
         std::string(message.substr(end));
}

double measure(RestExchange& exchange) {
  using Clock = std::chrono::steady_clock;
  constexpr int kRounds = 20'000;
  Clock::time_point begun = Clock::now();
  for (int i = 0; i < kRounds; ++i) exchange.begin_again();
  return std::chrono::duration<double, std::nano>(Clock::now() - begun)
             .count() /
         kRounds;
}

}  // namespace

int main() {
  for (const Sample& sample : kSamples) {
    RestExchange exchange(with_usual_headers(sample.message));
    if (!exchange.work) {
      std::printf("%s: %s\n", sample.name, exchange.response.text.c_str());
      return 1;
    }
    measure(exchange);
    std::printf("%-12s %7.0f ns\n", sample.name, measure(exchange));
  }
}
