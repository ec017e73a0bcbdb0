// SPDX-License-Identifier: Apache-2.0
// What is found in heads that are fine: parts of the first line, numbers and marks of fields, framing,
// connection.
#include "http/h1/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace reeve::http::h1 {
namespace {

struct Request : RequestHead {
  explicit Request(std::string bytes) : text(std::move(bytes)) {
    std::uint32_t scanned = 0;
    parsed = parse_request(text, {}, scanned, *this);
    EXPECT_EQ(parsed.state, ParseState::Complete) << parsed.context << "\n" << text;
  }
  std::string text;
  Parsed parsed;
};

struct Response : ResponseHead {
  explicit Response(std::string bytes, bool to_head = false) : text(std::move(bytes)) {
    std::uint32_t scanned = 0;
    parsed = parse_response(text, {}, scanned, to_head, *this);
    EXPECT_EQ(parsed.state, ParseState::Complete) << parsed.context << "\n" << text;
  }
  std::string text;
  Parsed parsed;
};

Request with(const std::string& fields, const std::string& version = "1.1") {
  return Request("POST / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n");
}

std::vector<std::string> hop_by_hop(const Head& head) {
  std::vector<std::string> names;
  for (const FieldLine& line : head.fields)
    if (line.hop_by_hop) names.emplace_back(head.name(line));
  return names;
}

TEST(ParseRequest, FindsTheParts) {
  const Request head(
      "GET /a/b?c=d&e HTTP/1.1\r\nHost: Example.com:8080\r\nX_y:\t spaced out \t\r\nEmpty:\r\n\r\nbody");
  EXPECT_EQ(head.method, Method::Get);
  EXPECT_EQ(head.method_text, "GET");
  EXPECT_EQ(head.target, "/a/b?c=d&e");
  EXPECT_EQ(head.path, "/a/b");
  EXPECT_EQ(head.query, "c=d&e");
  EXPECT_TRUE(head.has_query);
  EXPECT_EQ(head.authority, "Example.com:8080");
  EXPECT_EQ(head.minor, 1);
  EXPECT_EQ(head.size, head.text.size() - 4);
  EXPECT_EQ(head.text.substr(head.start_line_end, 5), "Host:");
  EXPECT_EQ(head.body, BodyKind::None);
  EXPECT_TRUE(head.keep_alive);
  ASSERT_EQ(head.fields.size(), 3u);
  EXPECT_EQ(head.name(head.fields[1]), "X_y");
  EXPECT_EQ(head.value(head.fields[1]), "spaced out");
  EXPECT_TRUE(head.fields[1].underscore);
  EXPECT_FALSE(head.fields[0].underscore);
  EXPECT_EQ(head.value(head.fields[2]), "");
  EXPECT_EQ(head.fields[1].begin, head.fields[0].end);
  EXPECT_EQ(head.fields[2].end + 2, head.size);
}

TEST(ParseRequest, KnowsTheMethods) {
  const std::pair<const char*, Method> methods[] = {
      {"GET", Method::Get},         {"HEAD", Method::Head},     {"POST", Method::Post},
      {"PUT", Method::Put},         {"DELETE", Method::Delete}, {"PATCH", Method::Patch},
      {"OPTIONS", Method::Options}, {"TRACE", Method::Trace},   {"PROPFIND", Method::Other},
      {"get", Method::Other},       {"GETS", Method::Other},    {"M-SEARCH", Method::Other},
  };
  for (const auto& [text, method] : methods)
    EXPECT_EQ(Request(std::string(text) + " / HTTP/1.1\r\nHost: a\r\n\r\n").method, method) << text;
  EXPECT_EQ(Request("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n").method, Method::Connect);
}

TEST(ParseRequest, TakesTheFormsOfTheTarget) {
  struct Case {
    const char* line;
    const char* path;
    const char* query;
    bool has_query;
  };
  const Case cases[] = {
      {"GET /", "/", "", false},
      {"GET /?", "/", "", true},
      {"GET //x//", "//x//", "", false},
      {"GET /a?b?c", "/a", "b?c", true},
      {"GET /a\\b|{}\"<>^`", "/a\\b|{}\"<>^`", "", false},
      {"OPTIONS *", "*", "", false},
      {"OPTIONS http://a", "*", "", false},
      {"OPTIONS http://a/", "/", "", false},
      {"GET http://a", "/", "", false},
      {"GET http://a?x", "/", "x", true},
      {"GET HTTP://A:80/p?q", "/p", "q", true},
      {"GET http://a:/p", "/p", "", false},
      {"GET http://a./p", "/p", "", false},
  };
  for (const Case& c : cases) {
    const Request head(std::string(c.line) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(head.path, c.path) << c.line;
    EXPECT_EQ(head.query, c.query) << c.line;
    EXPECT_EQ(head.has_query, c.has_query) << c.line;
    EXPECT_EQ(head.authority, "a") << c.line;
  }
}

TEST(ParseRequest, Http10NeedsNoHost) {
  EXPECT_EQ(Request("GET / HTTP/1.0\r\n\r\n").authority, "");
  EXPECT_EQ(Request("GET / HTTP/1.0\r\n\r\n").minor, 0);
  EXPECT_EQ(Request("GET / HTTP/1.0\r\nHost: a\r\n\r\n").authority, "a");
  EXPECT_EQ(Request("GET http://b/ HTTP/1.0\r\n\r\n").authority, "b");
}

TEST(ParseRequest, OneEmptyLineBeforeIsCounted) {
  const Request head("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(head.size, head.text.size());
  EXPECT_EQ(head.text.substr(head.start_line_end, 5), "Host:");
}

TEST(ParseRequest, FindsTheEndOfTheBody) {
  EXPECT_EQ(with("").body, BodyKind::None);
  const Request length = with("Content-Length: 0042\r\n");
  EXPECT_EQ(length.body, BodyKind::Length);
  EXPECT_EQ(length.content_length, 42u);
  EXPECT_EQ(with("Content-Length: 0\r\n").body, BodyKind::Length);
  EXPECT_EQ(with("Content-Length: 9223372036854775807\r\n").content_length, 9223372036854775807u);
  EXPECT_EQ(with("Transfer-Encoding:\tCHUNKED \r\n").body, BodyKind::Chunked);
  EXPECT_EQ(with("Content-Length: 1\r\n", "1.0").body, BodyKind::Length);
}

TEST(ParseRequest, KeepsAliveByVersionAndConnection) {
  EXPECT_TRUE(with("").keep_alive);
  EXPECT_TRUE(with("Connection: keep-alive\r\n").keep_alive);
  EXPECT_FALSE(with("Connection: Close\r\n").keep_alive);
  EXPECT_FALSE(with("Connection: keep-alive, close\r\n").keep_alive);
  EXPECT_FALSE(with("Connection: keep-alive\r\nConnection: ,close,\r\n").keep_alive);
  EXPECT_FALSE(with("", "1.0").keep_alive);
  EXPECT_TRUE(with("Connection: Keep-Alive\r\n", "1.0").keep_alive);
  EXPECT_FALSE(with("Connection: keep-alive, close\r\n", "1.0").keep_alive);
  EXPECT_TRUE(with("Proxy-Connection: close\r\n").keep_alive);
}

TEST(ParseRequest, MarksWhatIsForThisHopAlone) {
  EXPECT_THAT(hop_by_hop(with("Connection: X-A, x-b\r\nX-A: 1\r\nx-B: 2\r\nX-a: 3\r\nX-C: 4\r\n")),
              testing::ElementsAre("Connection", "X-A", "x-B", "X-a"));
  EXPECT_THAT(hop_by_hop(with("TE: trailers\r\nTrailer: x\r\nKeep-Alive: 1\r\nProxy-Connection: close\r\n"
                              "Upgrade: h2c\r\nProxy-Authorization: x\r\nProxy-Authenticate: x\r\n"
                              "Transfer-Encoding: chunked\r\n")),
              testing::SizeIs(8));
  EXPECT_THAT(hop_by_hop(with("Accept: x\r\nCookie: x\r\n")), testing::IsEmpty());
}

TEST(ParseRequest, UpgradeNeedsBothFieldsAndHttp11) {
  EXPECT_TRUE(with("Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n").upgrade);
  EXPECT_FALSE(with("Upgrade: websocket\r\n").upgrade);
  EXPECT_FALSE(with("Connection: Upgrade\r\n").upgrade);
  EXPECT_FALSE(with("Upgrade: websocket\r\nConnection: Upgrade\r\n", "1.0").upgrade);
}

TEST(ParseRequest, ExpectationsOfHttp10AreIgnored) {
  EXPECT_TRUE(with("Expect: 100-Continue\r\n").expect_continue);
  EXPECT_FALSE(with("").expect_continue);
  EXPECT_FALSE(with("Expect: 100-continue\r\n", "1.0").expect_continue);
}

TEST(ParseRequest, AHeadMayBeUsedAgain) {
  RequestHead head;
  std::uint32_t scanned = 0;
  ASSERT_EQ(parse_request("POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n"
                          "Connection: close, upgrade\r\nUpgrade: x\r\n\r\n",
                          {}, scanned, head)
                .state,
            ParseState::Complete);
  scanned = 0;
  ASSERT_EQ(parse_request("GET / HTTP/1.0\r\n\r\n", {}, scanned, head).state, ParseState::Complete);
  EXPECT_EQ(head.fields.size(), 0u);
  EXPECT_EQ(head.body, BodyKind::None);
  EXPECT_EQ(head.content_length, 0u);
  EXPECT_EQ(head.query, "");
  EXPECT_EQ(head.authority, "");
  EXPECT_FALSE(head.has_query || head.expect_continue || head.upgrade || head.keep_alive);
}

TEST(ParseRequest, ManyFieldsAreFine) {
  std::string fields;
  for (int i = 0; i < 1000; ++i) fields += "x" + std::to_string(i) + ": y\r\n";
  const Request head = with(fields);
  ASSERT_EQ(head.fields.size(), 1001u);
  EXPECT_EQ(head.name(head.fields[1000]), "x999");
}

TEST(ParseRequest, LimitsAreExact) {
  const std::string text = "GET /12345 HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto size = static_cast<std::uint32_t>(text.size());
  const auto parse = [&](std::uint32_t head_max, std::uint32_t uri_max) {
    std::uint32_t scanned = 0;
    RequestHead head;
    return parse_request(text + "and more", {.head_max = head_max, .uri_max = uri_max}, scanned, head);
  };
  EXPECT_EQ(parse(size, 6).state, ParseState::Complete);
  EXPECT_EQ(parse(size - 1, 6).refusal, Code::HeadTooLarge);
  EXPECT_EQ(parse(size - 1, 6).state, ParseState::Refused);
  EXPECT_EQ(parse(size, 5).state, ParseState::Refused);
  EXPECT_EQ(parse(size, 5).refusal, Code::UriTooLong);
}

TEST(ParseRequest, ARefusedHeadTellsWhatWasRead) {
  RequestHead head;
  std::uint32_t scanned = 0;
  EXPECT_EQ(parse_request("GET /a HTTP/2.0\r\n", {}, scanned, head).state, ParseState::Refused);
  EXPECT_EQ(head.method, Method::Get);
  EXPECT_EQ(head.target, "/a");
}

TEST(ParseResponse, FindsTheParts) {
  const Response head("HTTP/1.1 200 Very fine\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.reason, "Very fine");
  EXPECT_EQ(head.body, BodyKind::Length);
  EXPECT_EQ(head.content_length, 5u);
  EXPECT_EQ(head.size, head.text.size() - 5);
  EXPECT_EQ(Response("HTTP/1.1 200\r\n\r\n").reason, "");
  EXPECT_EQ(Response("HTTP/1.1 200 \r\n\r\n").reason, "");
  EXPECT_EQ(Response("HTTP/1.0 599 \xc3\xa9\r\n\r\n").reason, "\xc3\xa9");
}

TEST(ParseResponse, FindsTheEndOfTheBody) {
  struct Case {
    const char* text;
    bool to_head;
    BodyKind body;
    bool keep_alive;
  };
  const Case cases[] = {
      {"HTTP/1.1 200 OK\r\n\r\n", false, BodyKind::UntilClose, false},
      {"HTTP/1.1 200 OK\r\n\r\n", true, BodyKind::None, true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, BodyKind::None, true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false, BodyKind::Chunked, true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true, BodyKind::None, true},
      {"HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\n", false, BodyKind::None, true},
      {"HTTP/1.1 204 X\r\n\r\n", false, BodyKind::None, true},
      {"HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n", false, BodyKind::None, true},
      {"HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\n", false, BodyKind::None, false},
      {"HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n", false, BodyKind::None, false},
      {"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", false, BodyKind::None, true},
      {"HTTP/1.1 103 X\r\n\r\n", false, BodyKind::None, true},
      {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", false, BodyKind::Length, false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", false, BodyKind::Length,
       true},
  };
  for (const Case& c : cases) {
    const Response head(c.text, c.to_head);
    EXPECT_EQ(head.body, c.body) << c.text;
    EXPECT_EQ(head.keep_alive, c.keep_alive) << c.text;
  }
  EXPECT_EQ(Response("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", true).content_length, 7u);
}

TEST(ParseResponse, ALengthThatMayNotStandThereIsNotPassedOn) {
  EXPECT_THAT(hop_by_hop(Response("HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\n")),
              testing::ElementsAre("Content-Length"));
  EXPECT_THAT(hop_by_hop(Response("HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\n")), testing::IsEmpty());
}

TEST(ParseResponse, LearnsHowLongTheConnectionIsKept) {
  const auto timeout = [](const std::string& value) {
    return Response("HTTP/1.1 204 X\r\nKeep-Alive: " + value + "\r\n\r\n").keep_alive_timeout;
  };
  EXPECT_EQ(timeout("timeout=5, max=100"), 5u);
  EXPECT_EQ(timeout("max=100, Timeout=75"), 75u);
  EXPECT_EQ(timeout("max=100"), 0u);
  EXPECT_EQ(timeout("timeout=x"), 0u);
  EXPECT_EQ(timeout("timeout=99999999999"), 0u);
}

TEST(ParseTrailers, FindsFieldsAndEnd) {
  const std::string_view text = "grpc-status: 0\r\nX-Sum:  a b \r\n\r\nGET";
  std::uint32_t scanned = 0;
  Head trailers;
  ASSERT_EQ(parse_trailers(text, 1024, scanned, trailers).state, ParseState::Complete);
  EXPECT_EQ(trailers.size, text.size() - 3);
  ASSERT_EQ(trailers.fields.size(), 2u);
  EXPECT_EQ(trailers.value(trailers.fields[1]), "a b");
  scanned = 0;
  ASSERT_EQ(parse_trailers("\r\n", 1024, scanned, trailers).state, ParseState::Complete);
  EXPECT_EQ(trailers.fields.size(), 0u);
  EXPECT_EQ(trailers.size, 2u);
  scanned = 0;
  EXPECT_EQ(parse_trailers(text, 20, scanned, trailers).refusal, Code::HeadTooLarge);
}

}  // namespace
}  // namespace reeve::http::h1
