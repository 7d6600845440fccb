// The program's answers, through the same entry point as main().
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "auth/authenticator.h"
#include "tools/trestle/command.h"

namespace trestle::tools {
namespace {

constexpr std::string_view kSecret = "a secret of no less than 32 bytes";

// A file that lives as long as the test.
class SecretFile {
 public:
  explicit SecretFile(std::string_view content) {
    int fd = mkstemp(path_);
    std::FILE* file = fdopen(fd, "w");
    std::fwrite(content.data(), 1, content.size(), file);
    std::fclose(file);
  }
  ~SecretFile() { std::remove(path_); }

  [[nodiscard]] const char* path() const { return path_; }

 private:
  char path_[32] = "/tmp/trestle_token_XXXXXX";
};

struct Outcome {
  int status;
  std::string out;
  std::string err;
};

Outcome run(const std::vector<std::string_view>& arguments) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  int status = kTokenCommand.run(arguments);
  std::string out = ::testing::internal::GetCapturedStdout();
  return {status, out, ::testing::internal::GetCapturedStderr()};
}

TEST(Token, is_one_that_the_server_takes) {
  SecretFile file(kSecret);
  Outcome outcome =
      run({"--secret-file", file.path(), "--role=web_user", "--claim", "sub=7",
           "--claim", "tags:=[1]", "--expires", "2h"});
  EXPECT_EQ(outcome.status, kDone) << outcome.err;
  ASSERT_TRUE(outcome.out.ends_with('\n'));
  outcome.out.pop_back();

  auth::AuthConfig config;
  config.keys = auth::parse_keys(kSecret).value();
  auth::TokenCache cache;
  std::int64_t now = std::time(nullptr);
  auto identity =
      auth::Authenticator(config).authenticate_token(outcome.out, now, cache);
  ASSERT_TRUE(identity.ok()) << identity.error().message;
  EXPECT_EQ(identity->role, "web_user");
  EXPECT_STREQ(identity->claims->document["sub"].GetString(), "7");
  EXPECT_EQ(identity->claims->document["tags"][0].GetInt(), 1);
  EXPECT_NEAR(static_cast<double>(*identity->expires - now), 7230, 5);
}

TEST(Token, asked_wrongly_says_what_was_expected) {
  SecretFile file(kSecret);
  SecretFile brief("brief\n");
  const char* f = file.path();
  struct {
    std::vector<std::string_view> arguments;
    int status;
    const char* told;
  } const cases[] = {
      {{}, kUsage, "\"--secret-file\" is missing"},
      {{"--secret-file"}, kUsage, "\"--secret-file\" needs a value"},
      {{"--rol", "x"}, kUsage, "unknown option \"--rol\""},
      {{"--role", "x", "--role=y"}, kUsage, "\"--role\" is given twice"},
      {{"--base64=1"}, kUsage, "\"--base64\" takes no value"},
      {{"x"}, kUsage, "unexpected \"x\""},
      {{"--secret-file", "/nowhere"},
       kFailed,
       "cannot read \"/nowhere\": No such file or directory"},
      {{"--secret-file", brief.path()},
       kFailed,
       "the JWT secret has 5 bytes, at least 32 are needed: make one with "
       "\"openssl rand -base64 32\""},
      {{"--secret-file", f, "--expires", "soon"},
       kFailed,
       "\"--expires soon\": expected a time as in 90s, 15m, 1h, 30d, or never"},
      {{"--secret-file", f, "--claim", "x"},
       kFailed,
       "\"--claim x\": expected NAME=TEXT"},
      {{"--secret-file", f, "--claim", "x:={"},
       kFailed,
       "\"--claim x:={\" is not JSON: Missing a name for object member. At "
       "byte 1."},
      {{"--secret-file", f, "--role", "a", "--claim", "role=b"},
       kFailed,
       "The claims of a token must be a JSON object without repeated members"},
  };
  for (const auto& c : cases) {
    Outcome outcome = run(c.arguments);
    EXPECT_EQ(outcome.status, c.status) << c.told;
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, std::string("trestle token: ") + c.told + "\n");
  }
}

}  // namespace
}  // namespace trestle::tools
