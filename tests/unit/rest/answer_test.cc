// Answers: status, headers and errors, and every code at least once.
#include <gtest/gtest.h>

#include "rest/errors.h"
#include "rest/sql.h"
#include "unit/rest/exchange.h"

namespace trestle::testing {
namespace {

using Cells = std::vector<std::optional<std::string>>;

// A row of the main statement without settings.
Cells row(std::optional<std::string> total, std::string rows,
          std::string body) {
  return {total,        rows,         body,        std::nullopt,
          std::nullopt, std::nullopt, std::nullopt};
}

TEST(RestAnswer, ReadHasRangeAndLength) {
  RestExchange x("GET /bestsellers?id=gt.1");
  x.answer_rows({{"id", 23}}, {{"2"}, {"3"}});
  x.work->answer->on_done();
  EXPECT_EQ(x.response.answer.status, 200);
  EXPECT_EQ(x.response.header("Content-Range"), "0-1/*");
  EXPECT_EQ(x.response.header("Content-Location"), "/bestsellers?id=gt.1");
  EXPECT_EQ(x.response.text, "[{\"id\":2}, \n {\"id\":3}]");
  EXPECT_EQ(x.response.answer.content_length, x.response.text.size());
}

TEST(RestAnswer, FlatReadIsEncodedHere) {
  RestExchange x("GET /customers?select=id,name\nPrefer: count=exact");
  EXPECT_EQ(x.work->plan.effects, Effects::clean);
  x.answer_rows({{"total", 20}, {"here", 16}, {"id", 23}, {"name", 25}},
                {{"2", "t", "1", "a\"b"}, {"2", "t", "2", std::nullopt}});
  x.work->answer->on_done();
  EXPECT_EQ(x.response.text,
            "[{\"id\":1,\"name\":\"a\\\"b\"}, \n {\"id\":2,\"name\":null}]");
  EXPECT_EQ(x.response.header("Content-Range"), "0-1/2");
}

TEST(RestAnswer, FlatReadOfNothingIsAnEmptyArray) {
  RestExchange x("GET /customers?select=id");
  x.answer_rows({{"id", 23}}, {});
  x.work->answer->on_done();
  EXPECT_EQ(x.response.text, "[]");
  EXPECT_EQ(x.response.header("Content-Range"), "*/*");
}

TEST(RestAnswer, PreRequestKeepsAReadFromBeingClean) {
  rest::RestConfig config = RestExchange::default_config();
  config.pre_request = "api.check";
  RestExchange x("GET /customers?select=id", config);
  EXPECT_EQ(x.work->plan.effects, Effects::unknown);
}

TEST(RestAnswer, PartOfTheRowsIs206) {
  RestExchange x("GET /products?limit=2\nPrefer: count=exact");
  x.answer_rows({{"total", 20}, {"here", 16}, {"id", 23}},
                {{"5", "t", "1"}, {"5", "t", "2"}});
  x.work->answer->on_done();
  EXPECT_EQ(x.response.answer.status, 206);
  EXPECT_EQ(x.response.header("Content-Range"), "0-1/5");
  EXPECT_EQ(x.response.header("Preference-Applied"), "count=exact");
}

TEST(RestAnswer, OffsetPastTheEndIs416) {
  RestExchange x("GET /products?offset=9\nPrefer: count=exact");
  x.answer_rows({{"total", 20}, {"here", 16}, {"id", 23}},
                {{"5", std::nullopt, std::nullopt}});
  x.work->answer->on_done();
  EXPECT_EQ(x.response.answer.status, 416);
  EXPECT_EQ(x.response.header("Content-Range"), "*/5");
}

TEST(RestAnswer, InsertNamesTheRow) {
  RestExchange x("POST /customers\nPrefer: return=headers-only\n\n{}");
  Cells cells = row(std::nullopt, "1", "");
  cells.push_back("7 a");
  x.answer(cells);
  x.work->answer->on_done();
  EXPECT_EQ(x.response.answer.status, 201);
  EXPECT_EQ(x.response.header("Location"), "/customers?id=eq.7%20a");
  EXPECT_EQ(x.response.answer.content_type, "");
}

TEST(RestAnswer, HeadHasNoBody) {
  RestExchange x("HEAD /products");
  x.answer_rows({{"id", 23}}, {{"1"}});
  x.work->answer->on_done();
  EXPECT_EQ(x.response.text, "");
  EXPECT_EQ(x.response.header("Content-Range"), "0-0/*");
  EXPECT_FALSE(x.response.answer.content_length.has_value());
  EXPECT_EQ(x.response.answer.content_type, "application/json; charset=utf-8");
}

TEST(RestAnswer, SqlSetsStatusAndHeaders) {
  RestExchange x("POST /rpc/add\n\n{\"a\":1,\"b\":2}");
  Cells cells = row(std::nullopt, "1", "3");
  cells[3] = "[{\"X-A\":\"1\"},{\"Set-Cookie\":\"a\"},{\"Set-Cookie\":\"b\"}]";
  cells[4] = "203";
  x.answer(cells);
  x.work->answer->on_done();
  EXPECT_EQ(x.response.answer.status, 203);
  EXPECT_EQ(x.response.header("X-A"), "1");
}

TEST(RestAnswer, SettingsOfAFlatReadComeBehindItsRows) {
  RestExchange x("GET /bestsellers");
  ASSERT_EQ(x.work->plan.statements.size(), 2u);
  x.answer_rows({{"id", 23}}, {{"1"}});
  x.answer({"[{\"X-A\":\"1\"}]", "203"}, 1);
  x.work->answer->on_done();
  EXPECT_EQ(x.response.answer.status, 203);
  EXPECT_EQ(x.response.header("X-A"), "1");
}

TEST(RestAnswer, CsvHasNamesAndRecords) {
  RestExchange x("GET /products?select=id,name\nAccept: text/csv");
  x.answer_rows({{"id", 23}, {"name", 25}},
                {{"1", "a b"}, {"2", "q\"\\"}, {"3", std::nullopt}, {"4", ""}});
  x.work->answer->on_done();
  EXPECT_EQ(x.response.text, "id,name\n1,\"a b\"\n2,\"q\"\"\\\\\"\n3,\n4,\"\"");
  EXPECT_EQ(x.response.answer.content_type, "text/csv; charset=utf-8");
}

TEST(RestAnswer, LinesOfJson) {
  RestExchange x("GET /products?select=id\nAccept: application/x-ndjson");
  x.answer_rows({{"id", 23}}, {{"1"}, {"2"}});
  x.work->answer->on_done();
  EXPECT_EQ(x.response.text, "{\"id\":1}\n{\"id\":2}\n");
}

TEST(RestAnswer, OneObjectOrARefusal) {
  const char* message =
      "GET /products?select=id\nAccept: application/vnd.pgrst.object+json";
  RestExchange one(message);
  one.answer_rows({{"id", 23}}, {{"1"}});
  one.work->answer->on_done();
  EXPECT_EQ(one.response.text, "{\"id\":1}");
  RestExchange two(message);
  two.answer_rows({{"id", 23}}, {{"1"}, {"2"}});
  two.work->answer->on_done();
  EXPECT_EQ(two.response.answer.status, 406);
}

TEST(RestAnswer, JoinedRowsBecomeNestedOnes) {
  RestExchange x(
      "GET /orders?select=id,customers(name,id),items(quantity),status"
      "&items.order=quantity");
  // c1, c2; the customer's mark and columns; key, row, the item's mark, column.
  std::vector<ResultColumn> columns = {
      {"c1", 23},           {"c2", 25}, {"c3", 16},
      {"c4", 25},           {"c5", 23}, {"_trestle_key0", 23},
      {"_trestle_row", 20}, {"c1", 16}, {"c2", 23}};
  x.answer_rows(columns, {{"7", "new", "t", "Ann", "1", "7", "1", "t", "2"},
                          {"7", "new", "t", "Ann", "1", "7", "1", "t", "3"},
                          {"8", "paid", "f", std::nullopt, std::nullopt, "8",
                           "2", "f", std::nullopt}});
  x.work->answer->on_done();
  EXPECT_EQ(x.response.text,
            R"([{"id":7,"status":"new","customers":{"id": 1, "name": "Ann"},)"
            R"("items":[{"quantity": 2}, {"quantity": 3}]}, )"
            "\n "
            R"({"id":8,"status":"paid","customers":null,"items":[]}])");
  EXPECT_EQ(x.response.header("Content-Range"), "0-1/*");
}

// The pages of one order, each linked to the next one.
TEST(RestAnswer, AFullPageLinksToTheNext) {
  RestExchange first("GET /products?select=name&order=name&limit=2&after=");
  const std::vector<ResultColumn> columns = {
      {"_trestle_aside1", 25}, {"_trestle_aside2", 25}, {"name", 25}};
  first.answer_rows(columns, {{"a", "1", "a"}, {std::nullopt, "9", "b"}});
  first.work->answer->on_done();
  EXPECT_EQ(first.response.text, "[{\"name\":\"a\"}, \n {\"name\":\"b\"}]");
  EXPECT_EQ(first.response.header("Content-Range"), "0-1/*");
  const std::string link = first.response.header("Link");
  const std::string begin = "</products?select=name&order=name&limit=2&after=";
  ASSERT_TRUE(link.starts_with(begin)) << link;
  ASSERT_TRUE(link.ends_with(">; rel=\"next\"")) << link;

  RestExchange next("GET " + link.substr(1, link.find('>') - 1));
  ASSERT_TRUE(next.work) << next.response.text;
  const Statement& statement = next.work->plan.statements[0];
  EXPECT_NE(statement.sql->text.find("\"name\" is null"), std::string::npos);
  EXPECT_EQ(statement.params[0], "9");
  next.answer_rows(columns, {{"c", "3", "c"}});
  next.work->answer->on_done();
  EXPECT_EQ(next.response.header("Link"), "");
  EXPECT_EQ(next.response.header("Content-Range"), "*/*");
}

// Rows of about 100 bytes.
void answer_long(RestExchange& x, int rows, std::string_view total) {
  std::vector<ResultColumn> columns = {{"name", 25}};
  if (!total.empty())
    columns.insert(columns.begin(), {{"total", 20}, {"here", 16}});
  x.work->answer->on_columns(0, columns);
  Cells cells = {std::string(100, 'x')};
  if (!total.empty()) cells.insert(cells.begin(), {std::string(total), "t"});
  for (int i = 0; i < rows; ++i) x.answer(cells);
}

TEST(RestAnswer, ALongReadIsSentWhileItRuns) {
  RestExchange x("GET /products?select=name");
  answer_long(x, 1000, "");
  EXPECT_TRUE(x.response.text.empty());
  answer_long(x, 3000, "");
  EXPECT_FALSE(x.response.text.empty());
  EXPECT_EQ(x.response.answer.status, 200);
  EXPECT_EQ(x.response.header("Content-Range"), "");
  x.work->answer->on_done();
  EXPECT_TRUE(x.response.ended);
  EXPECT_TRUE(x.response.text.ends_with("\"}]"));
}

TEST(RestAnswer, ACountedLongReadKnowsItsRange) {
  RestExchange x("GET /products?select=name&limit=2000\nPrefer: count=exact");
  answer_long(x, 1000, "5000");
  EXPECT_FALSE(x.response.text.empty());
  EXPECT_EQ(x.response.answer.status, 206);
  EXPECT_EQ(x.response.header("Content-Range"), "0-1999/5000");
}

TEST(RestAnswer, ALateErrorBreaksOff) {
  RestExchange x("GET /products?select=name");
  answer_long(x, 4000, "");
  RunError error;
  error.sqlstate = "22012";
  x.work->answer->on_error(error);
  EXPECT_TRUE(x.response.aborted);
  EXPECT_FALSE(x.response.ended);
}

TEST(RestAnswer, OptionsTellsWhatIsAllowed) {
  RestExchange x("OPTIONS /customers");
  EXPECT_EQ(x.response.header("Allow"),
            "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE");
}

TEST(RestAnswer, PreflightAsksTheServer) {
  RestExchange x(
      "OPTIONS /nothing\nOrigin: http://a.example\n"
      "Access-Control-Request-Method: POST\n"
      "Access-Control-Request-Headers: Foo, Bar");
  EXPECT_EQ(x.response.answer.status, 200);
  EXPECT_EQ(x.response.header("Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(x.response.header("Access-Control-Allow-Headers"),
            "Authorization, Foo, Bar, Accept, Accept-Language, "
            "Content-Language");
}

// --- every code
// -------------------------------------------------------------------

struct Refused {
  const char* request;
  const char* code;
  int status;
};

class RestRefusal : public ::testing::TestWithParam<Refused> {};

TEST_P(RestRefusal, HasItsCode) {
  rest::RestConfig config = RestExchange::default_config();
  config.openapi = rest::OpenApiMode::disabled;
  RestExchange x(GetParam().request, config);
  ASSERT_FALSE(x.work.has_value());
  EXPECT_EQ(x.response.answer.status, GetParam().status);
  EXPECT_NE(x.response.text.find(std::string("\"code\":\"") + GetParam().code),
            std::string::npos)
      << x.response.text;
  EXPECT_EQ(x.response.header("Proxy-Status"),
            std::string("PostgREST; error=") + GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    , RestRefusal,
    ::testing::Values(
        Refused{"GET /products?id=zz", "PGRST100", 400},
        Refused{"DELETE /rpc/add", "PGRST101", 405},
        Refused{"POST /customers\n\n}{", "PGRST102", 400},
        Refused{"POST /customers\nContent-Type: a/b\n\nx", "PGRST102", 400},
        Refused{"GET /products?limit=-1", "PGRST103", 416},
        Refused{"GET /products\nRange: 5-1", "PGRST103", 416},
        Refused{"PUT /customers?name=eq.x\n\n{}", "PGRST105", 405},
        Refused{"GET /products\nAccept-Profile: other", "PGRST106", 406},
        Refused{"GET /products\nAccept: image/png", "PGRST107", 406},
        Refused{"GET /products?x.id=eq.1", "PGRST108", 400},
        Refused{"PUT /customers?id=eq.1&limit=1\n\n{}", "PGRST114", 400},
        Refused{"TRACE /customers", "PGRST117", 405},
        Refused{"GET /customers?select=orders(id)&order=orders(id)", "PGRST118",
                400},
        Refused{"GET /customers?select=o:orders(id)&o=eq.1", "PGRST120", 400},
        Refused{"GET /products\nPrefer: handling=strict, x", "PGRST122", 400},
        Refused{"GET /a/b/c", "PGRST125", 404},
        Refused{"GET /", "PGRST126", 404},
        Refused{"GET /customers?select=...orders(id.sum())", "PGRST127", 400},
        Refused{"POST /rpc/touch\nPrefer: handling=strict, max-affected=1\n\n"
                "{\"id\":1}",
                "PGRST128", 400},
        Refused{"GET /customers?select=products(id)", "PGRST200", 400},
        Refused{"GET /orders?select=addresses(id)", "PGRST201", 300},
        Refused{"GET /rpc/add?x=1", "PGRST202", 404},
        Refused{"POST /customers\n\n{\"nam\":1}", "PGRST204", 400},
        Refused{"GET /nothing", "PGRST205", 404}));

TEST(RestRefusalSwitch, AggregatesAreOffByDefault) {
  rest::RestConfig config = RestExchange::default_config();
  config.aggregates = false;
  RestExchange x("GET /products?select=id.sum()", config);
  EXPECT_NE(x.response.text.find("PGRST123"), std::string::npos);
}

TEST(RestRefusalSwitch, MinimalErrorsSayLess) {
  rest::RestConfig config = RestExchange::default_config();
  config.verbose_errors = false;
  RestExchange x("GET /nothing", config);
  EXPECT_EQ(x.response.text,
            "{\"code\":\"PGRST205\",\"message\":\"Could not find the table "
            "'api.nothing' in the schema cache\"}");
}

struct RunFailure {
  RunError error;
  const char* code;
  int status;
};

std::string failed(
    const RunError& error, int& status,
    std::string_view request = "PATCH /customers\n\n{\"name\":\"x\"}") {
  RestExchange x(request);
  x.work->answer->on_error(error);
  status = x.response.answer.status;
  return x.response.text;
}

TEST(RestRunError, ChecksOfTheStatementAreCodes) {
  int status = 0;
  RunError error;
  error.sqlstate = "22P02";
  error.message = "invalid input syntax for type integer: \"" +
                  std::string(rest::kCheckSingular) + "3\"";
  EXPECT_NE(failed(error, status).find("PGRST116"), std::string::npos);
  EXPECT_EQ(status, 406);
  error.message = std::string(rest::kCheckAffected) + "3";
  EXPECT_NE(failed(error, status).find("PGRST124"), std::string::npos);
  error.message = std::string(rest::kCheckPut) + "0";
  EXPECT_NE(failed(error, status).find("PGRST115"), std::string::npos);
  error.message = std::string(rest::kCheckMatch) + "0";
  EXPECT_NE(failed(error, status).find("TRS250"), std::string::npos);
  EXPECT_EQ(status, 412);
  error.message = "invalid input syntax for type integer: \"x\"";
  EXPECT_NE(failed(error, status).find("22P02"), std::string::npos);
  EXPECT_EQ(status, 400);
}

TEST(RestRunError, RaiseHasFullControl) {
  RunError error;
  error.sqlstate = "PGRST";
  error.message = "{\"code\":\"123\",\"message\":\"m\"}";
  error.detail =
      "{\"status\":418,\"status_text\":\"Tea\",\"headers\":{\"X\":"
      "\"1\"}}";
  RestExchange x("GET /products");
  x.work->answer->on_error(error);
  EXPECT_EQ(x.response.answer.status, 418);
  EXPECT_EQ(x.response.answer.reason, "Tea");
  EXPECT_EQ(x.response.header("X"), "1");
  int status = 0;
  error.detail = "no json";
  EXPECT_NE(failed(error, status).find("PGRST121"), std::string::npos);
  error.message = "no json";
  EXPECT_NE(failed(error, status).find("PGRST121"), std::string::npos);
  EXPECT_EQ(status, 500);
}

TEST(RestRunError, TheWayToTheDatabase) {
  int status = 0;
  RunError error;
  error.kind = RunError::Kind::unavailable;
  EXPECT_NE(failed(error, status).find("PGRST000"), std::string::npos);
  EXPECT_EQ(status, 503);
  error.kind = RunError::Kind::overload;
  EXPECT_NE(failed(error, status).find("PGRST003"), std::string::npos);
  EXPECT_EQ(status, 503);
  error.kind = RunError::Kind::lost;
  EXPECT_NE(failed(error, status).find("PGRST001"), std::string::npos);
  EXPECT_EQ(status, 502);
  EXPECT_NE(failed(error, status, "GET /customers").find("PGRST001"),
            std::string::npos);
  EXPECT_EQ(status, 503);
  error.kind = RunError::Kind::timeout;
  EXPECT_NE(failed(error, status).find("57014"), std::string::npos);
  EXPECT_EQ(status, 504);
}

TEST(RestAnswer, BadSettingsOfSqlAre500) {
  for (auto [cell, text, code] :
       {std::tuple{3u, "{}", "PGRST111"},
        std::tuple{3u, "[{\"a\":1}]", "PGRST111"},
        std::tuple{3u, "[{\"a\":\"x\\ny\"}]", "PGRST111"},
        std::tuple{4u, "x", "PGRST112"}}) {
    RestExchange x("POST /rpc/add\n\n{\"a\":1,\"b\":2}");
    Cells cells = row(std::nullopt, "1", "3");
    cells[cell] = text;
    x.answer(cells);
    x.work->answer->on_done();
    EXPECT_EQ(x.response.answer.status, 500);
    EXPECT_NE(x.response.text.find(code), std::string::npos);
  }
}

TEST(RestOpenApi, BothVersionsAreJson) {
  for (const char* accept :
       {"application/openapi+json", "application/openapi+json;version=3.1"}) {
    rest::RestConfig config = RestExchange::default_config();
    config.openapi = rest::OpenApiMode::ignore_privileges;
    RestExchange x(std::string("GET /\nAccept: ") + accept, config);
    x.work->answer->on_done();
    Result<rapidjson::Document> document = parse_json(x.response.text);
    ASSERT_TRUE(document.ok()) << document.error().message;
    EXPECT_TRUE((*document)["paths"].HasMember("/customers"));
    EXPECT_TRUE((*document)["paths"].HasMember("/rpc/add"));
  }
}

}  // namespace
}  // namespace trestle::testing
