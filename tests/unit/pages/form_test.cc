#include "pages/form.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace trestle::pages {
namespace {

// The errors of a form, or the values that SQL gets: "stars=5 agreed=true".
std::string check(const std::string& fields, std::string_view sent) {
  std::string text = "-- @post\n";
  for (std::string_view field : split(fields, ';'))
    text.append(concat({"-- @field ", field, "\n"}));
  text.append("-- @exec\ninsert into t values (1)");
  HandlerFileOptions options;
  options.extras.assign(kPageAnnotations.begin(), kPageAnnotations.end());
  Result<HandlerFile> file = parse_handler_file("f.sql", text, options);
  if (!file.ok()) return file.error().message;
  Result<SectionRules> rules = parse_section_rules(*file, file->sections[0]);
  if (!rules.ok()) return rules.error().message;
  NamedValues values = *NamedValues::from_form(sent);
  std::string out;
  FieldErrors errors = check_form(*rules, values);
  for (const auto& [name, message] : errors)
    out.append(concat({out.empty() ? "" : "; ", name, ": ", message}));
  if (!errors.empty()) return out;
  for (const NamedValues::Entry& entry : values.entries())
    out.append(concat({out.empty() ? "" : " ", entry.name, "=",
                       entry.value ? *entry.value : "NULL"}));
  return out;
}

TEST(Form, fields_are_checked) {
  EXPECT_EQ(check("a required", "a="), "a: This field is required");
  EXPECT_EQ(check("a", "a="), "a=NULL");
  EXPECT_EQ(check("a max=3", "a=%C3%A4%C3%A4%C3%A4"), "a=äää");
  EXPECT_EQ(check("a max=3", "a=four"), "a: At most 3 characters");
  EXPECT_EQ(check("a int min=1 max=5", "a=6"), "a: At most 5");
  EXPECT_EQ(check("a int min=1 max=5", "a=0"), "a: At least 1");
  EXPECT_EQ(check("a int", "a=1x"), "a: Not a whole number");
  EXPECT_EQ(check("a int", "a=99999999999999999999"), "a: Not a whole number");
  EXPECT_EQ(check("a number", "a=1.5e3"), "a=1.5e3");
  EXPECT_EQ(check("a email", "a=x"), "a: Not an e-mail address");
  EXPECT_EQ(check("a email", "a=x@y"), "a=x@y");
  EXPECT_EQ(check("a url", "a=javascript:x"), "a: Not a web address");
  EXPECT_EQ(check("a date", "a=2026-1-1"), "a: Not a date");
  EXPECT_EQ(check("a bool", ""), "a=false");
  EXPECT_EQ(check("a bool", "a=on"), "a=true");
  EXPECT_EQ(check("a oneof=x|y", "a=z"), "a: Not one of the choices");
  EXPECT_EQ(check("a file", "a=text"), "a: Not a file");
  EXPECT_EQ(check("a required message=\"Who are you?\"", ""),
            "a: Who are you?");
}

TEST(Form, mistakes_in_rules_have_a_line) {
  EXPECT_EQ(check("a itn", ""),
            "f.sql:2: unexpected \"itn\" after \"@field a\"");
  EXPECT_EQ(check("", ""), "f.sql:2: \"@field\" needs a name");
  EXPECT_EQ(check("a;b min=x", ""),
            "f.sql:3: unexpected \"min=x\" after \"@field b\"");
}

}  // namespace
}  // namespace trestle::pages
