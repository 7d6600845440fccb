// A small part of `make test-jinja`: generated templates beside Jinja2 itself,
// where Debian's python3-jinja2 is there.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

TEST(Jinja2, AgreesOnGeneratedTemplates) {
  // build/tests/unit_pages stands beside build/trestle-render.
  std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe");
  std::string renderer =
      self.parent_path().parent_path().string() + "/trestle-render";
  std::string command = "/usr/bin/python3 tests/jinja/differential.py '" +
                        renderer + "' --count 500 >&2";
  if (!std::filesystem::exists("/usr/bin/python3"))
    GTEST_SKIP() << "python3 is not installed";
  int code = WEXITSTATUS(std::system(command.c_str()));
  if (code == 77) GTEST_SKIP() << "python3-jinja2 is not installed";
  EXPECT_EQ(code, 0);
}

}  // namespace
