#include "frontend/multipart.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace trestle {
namespace {

// "name=value name=value", or the error's code.
std::string read(std::string_view type, const std::string& body) {
  // An exactly sized copy: reading past its end shows.
  std::vector<char> copy(body.begin(), body.end());
  Result<NamedValues> values =
      parse_multipart(type, {copy.data(), copy.size()});
  if (!values.ok()) return values.error().code;
  std::string out;
  for (const NamedValues::Entry& entry : values->entries())
    out.append(concat({out.empty() ? "" : " ", entry.name, "=", *entry.value}));
  return out;
}

constexpr std::string_view kType = "multipart/form-data; boundary=\"xx\"";
const std::string kName = "Content-Disposition: form-data; name=";

TEST(Multipart, fields_and_files_become_values) {
  EXPECT_EQ(read(kType, "--xx\r\n" + kName + "\"a\"\r\n\r\n1\r\n--xx--\r\n"),
            "a=1");
  EXPECT_EQ(read("multipart/form-data; boundary=xx; charset=utf-8",
                 "--xx\r\n" + kName +
                     "\"f\"; filename=\"x%22.txt\"\r\ncontent-type: "
                     "text/plain\r\n\r\nhi\r\n\r\n--xx--"),
            "f_name=x\".txt f_type=text/plain f=\\x68690d0a");
  EXPECT_EQ(read(kType,
                 "--xx\r\n" + kName + "\"f\"; filename=\"\"\r\n\r\n\r\n--xx--"),
            "");
  EXPECT_EQ(read(kType, "--xx--"), "");
}

TEST(Multipart, what_is_broken_is_refused) {
  for (const std::string& body :
       {std::string(), std::string("--xx"), std::string("--xx\r\n"),
        std::string("--xx\r\n\r\n"),
        std::string("--xx\r\n\r\nno name\r\n--xx--"),
        "--xx\r\n" + kName + "\"a\"\r\n\r\n1", "--xx\r\n" + kName,
        std::string("--yy\r\n\r\n--yy--")})
    EXPECT_EQ(read(kType, body), "TRS109") << body;
  EXPECT_EQ(read("multipart/form-data", "--xx--"), "TRS109");
  EXPECT_EQ(read("multipart/form-data; boundary=", "----"), "TRS109");
}

}  // namespace
}  // namespace trestle
