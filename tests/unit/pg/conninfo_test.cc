#include "pg/conninfo.h"

#include <gtest/gtest.h>

namespace trestle::pg {
namespace {

std::string keyword(const Conninfo& conninfo, std::string_view name) {
  for (const auto& [key, value] : conninfo.keywords)
    if (key == name) return value;
  return "(none)";
}

TEST(Conninfo, PinsWhatLibpqWouldLookUp) {
  Result<Conninfo> parsed = parse_conninfo("dbname=shop user=web");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->host, "/var/run/postgresql");
  EXPECT_EQ(parsed->port, "5432");
  EXPECT_EQ(keyword(*parsed, "gssencmode"), "disable");
  EXPECT_EQ(keyword(*parsed, "client_encoding"), "UTF8");
  EXPECT_EQ(keyword(*parsed, "passfile"), "/dev/null/none");
  EXPECT_EQ(keyword(*parsed, "application_name"), "trestle");
  EXPECT_EQ(keyword(*parsed, "tcp_user_timeout"), "3000");
  EXPECT_EQ(keyword(*parsed, "sslmode"), "(none)");
}

TEST(Conninfo, KeepsWhatTheStringSays) {
  Result<Conninfo> parsed = parse_conninfo(
      "postgresql://web:secret@db.example:6432/shop?sslmode=verify-full"
      "&application_name=other&tcp_user_timeout=9000"
      "&options=-c%20search_path%3Dapi");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->host, "db.example");
  EXPECT_EQ(parsed->port, "6432");
  EXPECT_EQ(keyword(*parsed, "sslmode"), "verify-full");
  EXPECT_EQ(keyword(*parsed, "application_name"), "other");
  EXPECT_EQ(keyword(*parsed, "tcp_user_timeout"), "9000");
  EXPECT_EQ(parsed->options, "-c search_path=api");
}

TEST(Conninfo, TellsNamesFromAddresses) {
  struct Case {
    const char* text;
    bool needs_lookup;
  };
  for (const Case& c :
       {Case{"host=/run/postgresql", false}, Case{"host=@abstract", false},
        Case{"host=10.0.0.1", false}, Case{"host=::1", false},
        Case{"host=db.example", true},
        Case{"host=db.example hostaddr=10.0.0.1", false}}) {
    Result<Conninfo> parsed = parse_conninfo(c.text);
    ASSERT_TRUE(parsed.ok()) << c.text;
    EXPECT_EQ(parsed->needs_lookup(), c.needs_lookup) << c.text;
  }
}

TEST(Conninfo, RefusesWithAReason) {
  struct Case {
    std::string_view text;
    const char* message;
  };
  for (const Case& c :
       {Case{"host=a,b", "several servers are named where one can be"},
        Case{"host=a,b,c port=1,2", "\"port\" names 2 servers, \"host\" 3"},
        Case{"service=shop", "\"service\" is not supported"},
        Case{"client_encoding=LATIN1", "\"client_encoding\" can only be UTF8"},
        Case{"gssencmode=require", "\"gssencmode=require\" is not supported"},
        Case{"colour=red", "invalid connection option \"colour\""},
        Case{std::string_view("host=a\0b", 8),
             "the connection string holds a NUL byte"}}) {
    Result<Conninfo> parsed = parse_conninfo(c.text);
    ASSERT_FALSE(parsed.ok()) << c.text;
    EXPECT_EQ(parsed.error().code, "TRS010");
    EXPECT_EQ(parsed.error().message, c.message);
  }
}

TEST(Conninfo, NamesSeveralServersAsLibpqDoes) {
  Result<std::vector<Conninfo>> parsed = parse_conninfos(
      "postgresql://web@a:5433,b,10.0.0.3/shop"
      "?target_session_attrs=read-write");
  ASSERT_TRUE(parsed.ok());
  std::string servers;
  for (const Conninfo& one : *parsed) {
    servers += one.host + ":" + one.port + " ";
    EXPECT_EQ(keyword(one, "dbname"), "shop");
    EXPECT_EQ(keyword(one, "target_session_attrs"), "any");
  }
  EXPECT_EQ(servers, "a:5433 b:5432 10.0.0.3:5432 ");

  parsed = parse_conninfos("host=a,b hostaddr=10.0.0.1,10.0.0.2 port=6432");
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->size(), 2u);
  EXPECT_EQ((*parsed)[1].host, "10.0.0.2");
  EXPECT_EQ(keyword((*parsed)[1], "host"), "b");
  EXPECT_EQ((*parsed)[1].port, "6432");
}

TEST(Conninfo, NeverRepeatsAPassword) {
  for (const char* text :
       {"password=my hunter2", "password=a hunter2=x", "user=x pass=hunter2",
        "postgresql://web:hunter2%zz@db/shop",
        "postgresql://web@db/shop?password=x&hunter2",
        "postgresql://web:hunter2@[::1/shop"}) {
    Result<Conninfo> parsed = parse_conninfo(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().message.find("hunter2"), std::string::npos)
        << parsed.error().message;
  }
}

TEST(Conninfo, StartupOptionsKeepTheStringsOwn) {
  Result<Conninfo> parsed = parse_conninfo("options='-c search_path=api'");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(startup_options(*parsed, 30'000).substr(0, 50),
            "-c statement_timeout=30000 -c search_path=api -c D");
}

}  // namespace
}  // namespace trestle::pg
