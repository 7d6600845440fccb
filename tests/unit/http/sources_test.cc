// nginx's build names an object after the last folder and the file of its
// source: two sources that agree in both would overwrite each other. And its
// script takes ".c" anywhere in a name for the suffix.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace {

namespace fs = std::filesystem;

TEST(Sources, have_object_names_of_their_own) {
  std::set<std::string> objects;
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator("module")) {
    const fs::path& path = entry.path();
    if (path.extension() != ".cc") continue;
    const std::string stem = path.stem().string();
    const std::string name =
        path.parent_path().filename().string() + "/" + stem;
    EXPECT_TRUE(objects.insert(name).second) << path;
    EXPECT_EQ(stem.find('.'), std::string::npos) << path;
  }
  EXPECT_GT(objects.size(), 10u);
}

}  // namespace
