// SPDX-License-Identifier: Apache-2.0
// Which texts are hosts, and in which form they are compared. What is none is in h1/smuggling_test.cpp, too.
#include "http/authority.h"

#include <gtest/gtest.h>

#include <string>

namespace reeve::http {
namespace {

TEST(Authority, TakesHostsAndPortsApart) {
  struct Case {
    const char* text;
    const char* host;
    const char* port;
  };
  const Case cases[] = {
      {"example.com", "example.com", ""},
      {"example.com:8080", "example.com", "8080"},
      {"example.com:", "example.com", ""},
      {"Example.COM.", "Example.COM.", ""},
      {"1.2.3.4:80", "1.2.3.4", "80"},
      {"[::1]", "[::1]", ""},
      {"[2001:DB8::1]:443", "[2001:DB8::1]", "443"},
      {"a_b-c~d", "a_b-c~d", ""},
      {"a:65535", "a", "65535"},
      {"a:0", "a", "0"},
      {"xn--bcher-kva.example", "xn--bcher-kva.example", ""},
  };
  for (const Case& c : cases) {
    const auto parsed = parse_authority(c.text);
    ASSERT_TRUE(parsed) << c.text;
    EXPECT_EQ(parsed->host, c.host);
    EXPECT_EQ(parsed->port, c.port);
  }
  EXPECT_TRUE(parse_authority(std::string(kHostMax, 'a')));
}

TEST(Authority, RefusesWhatIsNone) {
  for (const char* text : {"",
                           ":",
                           ":80",
                           "a:b",
                           "a:-1",
                           "a:+1",
                           "a:65536",
                           "a:000080",
                           "a:80:80",
                           "a/b",
                           "a?b",
                           "a#b",
                           "u@a",
                           "a b",
                           "a,b",
                           "%61",
                           "a..b",
                           ".a",
                           ".",
                           "..",
                           "[",
                           "[]",
                           "[::1",
                           "[::1]x",
                           "[::1]:x",
                           "[1.2.3.4]",
                           "[a]",
                           "[v1.a]",
                           "[fe80::1%25lo]",
                           "::1",
                           "2001:db8::1",
                           "a\\b",
                           "\"a\"",
                           "<a>",
                           "a\x80"})
    EXPECT_FALSE(parse_authority(text)) << text;
  EXPECT_FALSE(parse_authority(std::string(kHostMax + 1, 'a')));
}

TEST(Authority, MatchingFormIsLowerCaseWithoutPortAndTrailingDot) {
  HostBuffer buffer;
  EXPECT_EQ(matching_host_of("Api.Example.COM:8080", buffer), "api.example.com");
  EXPECT_EQ(matching_host_of("example.com.", buffer), "example.com");
  EXPECT_EQ(matching_host_of("EXAMPLE.com.:80", buffer), "example.com");
  EXPECT_EQ(matching_host_of("1.2.3.4:80", buffer), "1.2.3.4");
  EXPECT_EQ(matching_host_of("[2001:DB8:0:0::1]:80", buffer), "[2001:db8::1]");
  EXPECT_EQ(matching_host_of("[::FFFF:10.0.0.1]", buffer), "[::ffff:10.0.0.1]");
  EXPECT_EQ(matching_host_of("", buffer), "");
  EXPECT_EQ(matching_host_of("a b", buffer), "");
  EXPECT_EQ(matching_host_of(std::string(kHostMax, 'A'), buffer), std::string(kHostMax, 'a'));
}

TEST(Authority, AHostThatMatchesAlreadyIsNotCopied) {
  const std::string host = "api.example.com";
  HostBuffer buffer;
  EXPECT_EQ(matching_host(host, buffer).data(), host.data());
}

TEST(Authority, SameMeansHostAndPort) {
  const auto same = [](const char* a, const char* b) {
    return same_authority(*parse_authority(a), *parse_authority(b), 80);
  };
  EXPECT_TRUE(same("a", "A.:80"));
  EXPECT_TRUE(same("a:", "a"));
  EXPECT_TRUE(same("[::1]", "[0:0::1]:80"));
  EXPECT_FALSE(same("a", "b"));
  EXPECT_FALSE(same("a", "a:81"));
}

}  // namespace
}  // namespace reeve::http
