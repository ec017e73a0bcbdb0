// SPDX-License-Identifier: Apache-2.0
// Everything that two readers could take for two different requests is refused (rules, 8): one line a trick,
// most of them from published attacks on proxies. No request here may ever be passed on.
#include <gtest/gtest.h>

#include <string>

#include "http/h1/parse.h"

namespace reeve::http::h1 {
namespace {

struct Case {
  const char* why;
  std::string text;
  Code code = Code::RequestMalformed;
};

std::string nul(const char* before, const char* after) {
  return std::string(before) + '\0' + after;
}

std::string post(const std::string& fields) {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n";
}
std::string get(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n";
}

void expect_refused(const Case& c) {
  SCOPED_TRACE(std::string(c.why) + ":\n" + c.text);
  std::uint32_t scanned = 0;
  RequestHead head;
  const Parsed parsed = parse_request(c.text, {}, scanned, head);
  ASSERT_EQ(parsed.state, ParseState::Refused);
  EXPECT_EQ(parsed.refusal, c.code) << facts(parsed.refusal).name;
  EXPECT_FALSE(parsed.context.empty());
}

TEST(Smuggling, LengthsThatCanBeReadTwoWays) {
  const Case cases[] = {
      {"two equal lengths", post("Content-Length: 5\r\nContent-Length: 5")},
      {"two different lengths", post("Content-Length: 5\r\nContent-Length: 6")},
      {"a list of lengths", post("Content-Length: 5, 5")},
      {"a length with sign", post("Content-Length: +5")},
      {"a negative length", post("Content-Length: -5")},
      {"a hexadecimal length", post("Content-Length: 0x5")},
      {"no length", post("Content-Length:")},
      {"a length with a space inside", post("Content-Length: 1 2")},
      {"a length with a fraction", post("Content-Length: 5.0")},
      {"a length in quotes", post("Content-Length: \"5\"")},
      {"2^63", post("Content-Length: 9223372036854775808")},
      {"beyond 2^64", post("Content-Length: 18446744073709551617")},
      {"far beyond", post("Content-Length: 99999999999999999999999999")},
      {"length and chunked", post("Content-Length: 5\r\nTransfer-Encoding: chunked")},
      {"chunked and length", post("Transfer-Encoding: chunked\r\nContent-Length: 0")},
      {"length, and an encoding that is none", post("Content-Length: 5\r\nTransfer-Encoding: identity")},
  };
  for (const Case& c : cases) expect_refused(c);
}

TEST(Smuggling, TransferEncodingsOtherThanOneChunked) {
  const Case cases[] = {
      {"another coding", post("Transfer-Encoding: gzip")},
      {"identity", post("Transfer-Encoding: identity")},
      {"chunked is not last", post("Transfer-Encoding: chunked, gzip")},
      {"chunked behind another", post("Transfer-Encoding: gzip, chunked")},
      {"chunked twice", post("Transfer-Encoding: chunked, chunked")},
      {"two lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")},
      {"two lines, the second odd", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: x")},
      {"an empty element before", post("Transfer-Encoding: , chunked")},
      {"an empty element behind", post("Transfer-Encoding: chunked,")},
      {"nothing", post("Transfer-Encoding:")},
      {"a letter before", post("Transfer-Encoding: xchunked")},
      {"in quotes", post("Transfer-Encoding: \"chunked\"")},
      {"with a parameter", post("Transfer-Encoding: chunked;q=1")},
      {"a vertical tab behind", post("Transfer-Encoding: chunked\x0b")},
      {"a form feed before", post("Transfer-Encoding: \x0c"
                                  "chunked")},
      {"a no-break space behind", post("Transfer-Encoding: chunked\xa0")},
      {"folded", post("Transfer-Encoding:\r\n chunked")},
      {"a space before the colon", post("Transfer-Encoding : chunked")},
      {"a tab before the colon", post("Transfer-Encoding\t: chunked")},
      {"hidden behind a bare CR", post("X: y\rTransfer-Encoding: chunked")},
      {"hidden behind a bare LF", post("X: y\nTransfer-Encoding: chunked")},
      {"HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"},
  };
  for (const Case& c : cases) expect_refused(c);
}

TEST(Smuggling, LinesThatCanBeCutTwoWays) {
  const Case cases[] = {
      {"bare LF ends the first line", "GET / HTTP/1.1\nHost: a\r\n\r\n"},
      {"bare LF ends a field line", "GET / HTTP/1.1\r\nHost: a\n\r\n"},
      {"bare LF ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n"},
      {"bare CR in a value", get("X: a\rb")},
      {"CR CR LF", get("X: a\r")},
      {"bare CR ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\rX"},
      {"bare CR before the first line", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"bare LF before the first line", "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"two empty lines before the first", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"NUL in a value", nul("GET / HTTP/1.1\r\nHost: a\r\nX: a", "b\r\n\r\n")},
      {"NUL in a name", nul("GET / HTTP/1.1\r\nHost: a\r\nX", ": b\r\n\r\n")},
      {"NUL in the target", nul("GET /", " HTTP/1.1\r\nHost: a\r\n\r\n")},
      {"NUL in the method", nul("G", "T / HTTP/1.1\r\nHost: a\r\n\r\n")},
      {"NUL as a line", nul("GET / HTTP/1.1\r\nHost: a\r\n", "\r\n\r\n")},
      {"a control byte in a value", get("X: a\x01")},
      {"DEL in a value", get("X: a\x7f")},
      {"escape in a value", get("X: \x1b[0m")},
      {"a line without colon", get("X")},
      {"a name without letters", get(": x")},
      {"a space before the colon", get("X : y")},
      {"a space in a name", get("X Y: z")},
      {"a folded line", get("X: a\r\n b")},
      {"a line folded with a tab", get("X: a\r\n\tb")},
      {"folded behind the first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
      {"a name in quotes", get("\"X\": a")},
      {"a name with a byte above ASCII", get("X\xc3\xa9: a")},
      {"a name with parentheses", get("X(Y): a")},
  };
  for (const Case& c : cases) expect_refused(c);
}

TEST(Smuggling, FirstLinesThatAreNotExactlyOne) {
  const std::string end = "\r\nHost: a\r\n\r\n";
  const Code kVersion = Code::VersionNotSupported;
  const Case cases[] = {
      {"HTTP/0.9", "GET /\r\n"},
      {"HTTP/0.9 with a space", "GET / \r\n"},
      {"two spaces before the target", "GET  / HTTP/1.1" + end},
      {"two spaces before the version", "GET /  HTTP/1.1" + end},
      {"a tab before the target", "GET\t/ HTTP/1.1" + end},
      {"a tab before the version", "GET /\tHTTP/1.1" + end},
      {"a space before the method", " GET / HTTP/1.1" + end},
      {"a space behind the version", "GET / HTTP/1.1 " + end},
      {"a space in the target", "GET /a b HTTP/1.1" + end},
      {"two versions", "GET / HTTP/1.1 HTTP/1.1" + end},
      {"no target", "GET HTTP/1.1" + end},
      {"no method", "/ HTTP/1.1" + end},
      {"a method that is no token", "G@T / HTTP/1.1" + end},
      {"an endless method", std::string(40, 'G') + " / HTTP/1.1" + end},
      {"version in small letters", "GET / http/1.1" + end},
      {"version with a space", "GET / HTTP /1.1" + end},
      {"version with two digits", "GET / HTTP/1.10" + end},
      {"version with two digits before", "GET / HTTP/11.1" + end},
      {"version with a sign", "GET / HTTP/+1.1" + end},
      {"version without minor", "GET / HTTP/1" + end},
      {"version of something else", "GET / ICE/1.1" + end},
      {"HTTP/2.0", "GET / HTTP/2.0" + end, kVersion},
      {"HTTP/1.2", "GET / HTTP/1.2" + end, kVersion},
      {"HTTP/0.9 in words", "GET / HTTP/0.9" + end, kVersion},
      {"HTTP/3.0", "GET / HTTP/3.0" + end, kVersion},
      {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", kVersion},
      {"a fragment", "GET /#a HTTP/1.1" + end},
      {"a byte above ASCII in the query", "GET /?\xc3\xa9 HTTP/1.1" + end},
      {"a no-break space in the target", "GET /\xa0HTTP/1.1 HTTP/1.1" + end},
      {"TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)},
      {"SSH", "SSH-2.0-OpenSSH_9.2\r\n"},
      {"a PROXY line that nobody expects", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"},
      {"target that is no path", "GET a HTTP/1.1" + end},
      {"target with a backslash first", "GET \\a HTTP/1.1" + end},
      {"* for GET", "GET * HTTP/1.1" + end},
      {"authority for GET", "GET a:80 HTTP/1.1" + end},
      {"path for CONNECT", "CONNECT / HTTP/1.1" + end},
      {"CONNECT without port", "CONNECT a HTTP/1.1" + end},
      {"another scheme", "GET ftp://a/ HTTP/1.1" + end},
      {"a scheme without host", "GET http:///x HTTP/1.1" + end},
      {"userinfo", "GET http://u@a/ HTTP/1.1" + end},
  };
  for (const Case& c : cases) expect_refused(c);
}

TEST(Smuggling, HostsThatCanBeReadTwoWays) {
  const auto with = [](const std::string& host) { return "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"; };
  const Case cases[] = {
      {"none in HTTP/1.1", "GET / HTTP/1.1\r\n\r\n"},
      {"none in HTTP/1.1 with an absolute target", "GET http://a/ HTTP/1.1\r\n\r\n"},
      {"two", get("Host: b")},
      {"two equal", get("Host: a")},
      {"two in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"},
      {"empty", with("")},
      {"empty in HTTP/1.0", "GET / HTTP/1.0\r\nHost:\r\n\r\n"},
      {"with a path", with("a/b")},
      {"with userinfo", with("u@a")},
      {"with a space", with("a b")},
      {"a list", with("a, b")},
      {"a list without space", with("a,b")},
      {"percent-encoded", with("%61")},
      {"with a port that is none", with("a:x")},
      {"with a port beyond", with("a:65536")},
      {"with two ports", with("a:80:80")},
      {"only a port", with(":80")},
      {"an open bracket", with("[::1")},
      {"no address in brackets", with("[a]")},
      {"IPv4 in brackets", with("[1.2.3.4]")},
      {"a zone", with("[fe80::1%25eth0]")},
      {"junk behind brackets", with("[::1]a")},
      {"IPv6 without brackets", with("::1")},
      {"an empty label", with("a..b")},
      {"a dot alone", with(".")},
      {"a backslash", with("a\\b")},
      {"a byte above ASCII", with("\xc3\xa9")},
      {"too long", with(std::string(256, 'a'))},
      {"another than the target's", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"another port than the target's", "GET http://a:81/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"another port by default", "GET https://a/ HTTP/1.1\r\nHost: a:80\r\n\r\n"},
      {"another in HTTP/1.0", "GET http://b/ HTTP/1.0\r\nHost: a\r\n\r\n"},
  };
  for (const Case& c : cases) expect_refused(c);
}

TEST(Smuggling, ConnectionCannotTakeAwayWhatOthersRelyOn) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += ", x" + std::to_string(i);
  const Case cases[] = {
      {"Host", get("Connection: close, Host")},
      {"Content-Length", post("Content-Length: 5\r\nConnection: content-length")},
      {"no token", get("Connection: close;x")},
      {"two tokens in one", get("Connection: keep alive")},
      {"a second line", get("Connection: close\r\nConnection: host")},
      {"too many", get("Connection: close" + many)},
  };
  for (const Case& c : cases) expect_refused(c);
}

TEST(Smuggling, ExpectationsThatOnlySomeReadersSee) {
  const Case cases[] = {
      {"another", post("Expect: 200-ok")},
      {"with a prefix", post("Expect: y 100-continue")},
      {"twice", post("Expect: 100-continue\r\nExpect: 100-continue")},
      {"a list", post("Expect: 100-continue, x")},
      {"empty", post("Expect:")},
  };
  for (const Case& c : cases) expect_refused(c);
}

TEST(Smuggling, AnswersThatCanBeReadTwoWays) {
  const Case cases[] = {
      {"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"},
      {"length and chunked", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"},
      {"chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"no length", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"},
      {"not HTTP", "<html>"},
      {"an empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n"},
      {"HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n"},
      {"HTTP/1.2", "HTTP/1.2 200 OK\r\n\r\n"},
      {"status 099", "HTTP/1.1 099 X\r\n\r\n"},
      {"status 600", "HTTP/1.1 600 X\r\n\r\n"},
      {"status with four digits", "HTTP/1.1 2000 X\r\n\r\n"},
      {"status with two digits", "HTTP/1.1 20 X\r\n\r\n"},
      {"two spaces", "HTTP/1.1  200 X\r\n\r\n"},
      {"a tab", "HTTP/1.1\t200 X\r\n\r\n"},
      {"bare LF", "HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\n"},
      {"bare LF in the fields", "HTTP/1.1 200 OK\r\nContent-Length: 5\n\r\n"},
      {"a control byte in the phrase", "HTTP/1.1 200 O\x01\r\n\r\n"},
      {"a folded line", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n"},
      {"a line without colon", "HTTP/1.1 200 OK\r\nX\r\n\r\n"},
      {"a space before the colon", "HTTP/1.1 200 OK\r\nX : y\r\n\r\n"},
      {"Connection takes the length away",
       "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: content-length\r\n\r\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(c.why) + ":\n" + c.text);
    std::uint32_t scanned = 0;
    ResponseHead head;
    const Parsed parsed = parse_response(c.text, {}, scanned, false, head);
    ASSERT_EQ(parsed.state, ParseState::Refused);
    EXPECT_EQ(parsed.refusal, Code::UpstreamMalformed);
  }
}

TEST(Smuggling, TrailersAreReadAsStrictly) {
  const char* cases[] = {"a: b\n\r\n", "a : b\r\n\r\n",  " a: b\r\n\r\n", "a\r\n\r\n", "a: b\rc\r\n\r\n",
                         "\n",         "a: \x01\r\n\r\n"};
  for (const char* text : cases) {
    std::uint32_t scanned = 0;
    Head trailers;
    EXPECT_EQ(parse_trailers(text, 1024, scanned, trailers).state, ParseState::Refused) << text;
  }
}

}  // namespace
}  // namespace reeve::http::h1
