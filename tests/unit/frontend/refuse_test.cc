#include <gtest/gtest.h>

#include "auth/errors.h"
#include "frontend/frontend.h"

namespace trestle {
namespace {

class Plain : public Frontend {
 public:
  [[nodiscard]] std::optional<Work> begin(const Exchange&) const override {
    return std::nullopt;
  }
};

class Recorder : public ResponseSink {
 public:
  void head(ResponseHead head) override {
    text += std::to_string(head.status) + "\n";
    for (const Header& header : head.headers)
      text += header.name + ": " + header.value + "\n";
  }
  [[nodiscard]] bool body(std::string_view bytes) override {
    text += bytes;
    return true;
  }
  void end() override { text += "\n."; }
  void abort() override { text += "\n!"; }

  std::string text;
};

TEST(Refuse, a_bad_token_brings_its_challenge) {
  Recorder recorder;
  Plain().refuse(Request(), auth::errors::expired(), recorder);
  EXPECT_EQ(recorder.text,
            "401\nWWW-Authenticate: Bearer error=\"invalid_token\", "
            "error_description=\"JWT expired\"\n"
            R"({"code":"TRS303","details":null,"hint":null,)"
            R"("message":"JWT expired"})"
            "\n.");
}

TEST(Refuse, other_errors_bring_none) {
  Recorder recorder;
  Plain().refuse(Request(), auth::errors::no_keys(), recorder);
  EXPECT_TRUE(recorder.text.starts_with("500\n{")) << recorder.text;
}

}  // namespace
}  // namespace trestle
