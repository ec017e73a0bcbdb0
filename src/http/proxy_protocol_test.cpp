// SPDX-License-Identifier: Apache-2.0
// Both versions of the PROXY protocol, cut at every byte, and what is refused.
#include "http/proxy_protocol.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace reeve::http {
namespace {

std::string version2(unsigned char command, unsigned char family, const std::string& rest) {
  std::string text("\r\n\r\n\0\r\nQUIT\n", 12);
  text += static_cast<char>(command);
  text += static_cast<char>(family);
  text += static_cast<char>(rest.size() >> 8);
  text += static_cast<char>(rest.size() & 255);
  return text + rest;
}

const std::string kAddresses4("\xcb\x00\x71\x09\x0a\x00\x00\x01\x30\x39\x01\xbb", 12);
const std::string kAddresses6 =
    "\x20\x01\x0d\xb8" + std::string(11, '\0') + "\x01" + std::string(16, '\0') + "\x30\x39\x01\xbb";

std::string describe(const ProxyHeader& header) {
  switch (header.state) {
    case ProxyHeaderState::Incomplete:
      return "incomplete";
    case ProxyHeaderState::Malformed:
      return "malformed";
    case ProxyHeaderState::Complete:
      return header.source ? to_string(*header.source) : "peer";
  }
  return "?";
}

struct Case {
  std::string text;
  std::string wanted;
};

const Case kCases[] = {
    {"PROXY TCP4 203.0.113.9 10.0.0.1 12345 443\r\n", "203.0.113.9:12345"},
    {"PROXY TCP6 2001:db8::1 ::1 12345 443\r\n", "[2001:db8::1]:12345"},
    {"PROXY TCP6 ::ffff:203.0.113.9 ::1 1 2\r\n", "203.0.113.9:1"},
    {"PROXY UNKNOWN\r\n", "peer"},
    {"PROXY UNKNOWN whatever this is\r\n", "peer"},
    {version2(0x21, 0x11, kAddresses4), "203.0.113.9:12345"},
    {version2(0x21, 0x11, kAddresses4 + std::string("\x04\x00\x01z", 4)), "203.0.113.9:12345"},
    {version2(0x21, 0x21, kAddresses6), "[2001:db8::1]:12345"},
    {version2(0x21, 0x31, std::string(216, 'x')), "peer"},
    {version2(0x21, 0x00, ""), "peer"},
    {version2(0x20, 0x00, ""), "peer"},
    {version2(0x20, 0x11, kAddresses4), "peer"},
    {version2(0x20, 0xff, "x"), "peer"},
};

const std::string kMalformed[] = {
    "GET / HTTP/1.1\r\n",
    "proxy TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
    "PROXY\tTCP4 1.2.3.4 5.6.7.8 1 2\r\n",
    "PROXY  TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
    "PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n",
    "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n",
    "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n",
    "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n",
    "PROXY TCP4 1.2.3.4 5.6.7.8\r\n",
    "PROXY TCP4\r\n",
    "PROXY \r\n",
    "PROXY TCP4 ::1 ::1 1 2\r\n",
    "PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n",
    "PROXY TCP4 1.2.3.4 5.6.7.8 65536 2\r\n",
    "PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n",
    "PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n",
    "PROXY TCP4 1.2.3.04 5.6.7.8 1 2\r\n",
    "PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n",
    "PROXY UNKNOWNX\r\n",
    "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n",
    "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\rX",
    "PROXY UNKNOWN " + std::string(94, 'x') + "\r\n",
    version2(0x22, 0x11, kAddresses4),
    version2(0x11, 0x11, kAddresses4),
    version2(0x21, 0x12, kAddresses4),
    version2(0x21, 0x44, kAddresses4),
    version2(0x21, 0x11, kAddresses4.substr(1)),
    version2(0x21, 0x21, kAddresses4),
    version2(0x21, 0x11, std::string(5000, 'x')),
    std::string("\r\n\r\n\0\r\nQUIX\n", 12),
};

TEST(ProxyProtocol, TellsTheClient) {
  for (const Case& c : kCases) {
    const ProxyHeader header = parse_proxy_header(c.text + "GET /");
    EXPECT_EQ(describe(header), c.wanted) << c.text;
    EXPECT_EQ(header.consumed, c.text.size()) << c.text;
  }
}

TEST(ProxyProtocol, IsIncompleteUntilItsLastByte) {
  for (const Case& c : kCases)
    for (std::size_t size = 0; size < c.text.size(); ++size)
      EXPECT_EQ(describe(parse_proxy_header(c.text.substr(0, size))), "incomplete")
          << size << " bytes of " << c.text;
}

TEST(ProxyProtocol, RefusesWhatIsNone) {
  for (const std::string& text : kMalformed) {
    const ProxyHeader header = parse_proxy_header(text);
    EXPECT_EQ(describe(header), "malformed") << text;
    EXPECT_FALSE(header.context.empty());
  }
}

TEST(ProxyProtocol, TheLongestLinePasses) {
  const std::string text = "PROXY UNKNOWN " + std::string(91, 'x') + "\r\n";
  ASSERT_EQ(text.size(), 107u);
  EXPECT_EQ(describe(parse_proxy_header(text)), "peer");
  EXPECT_EQ(describe(parse_proxy_header("PROXY UNKNOWN " + std::string(93, 'x'))), "malformed");
}

TEST(ProxyProtocol, SomethingElseIsRefusedOnItsFirstOddByte) {
  EXPECT_EQ(describe(parse_proxy_header("G")), "malformed");
  EXPECT_EQ(describe(parse_proxy_header("\x16")), "malformed");
  EXPECT_EQ(describe(parse_proxy_header("PROXX")), "malformed");
  EXPECT_EQ(describe(parse_proxy_header("\r\n\r\nX")), "malformed");
}

}  // namespace
}  // namespace reeve::http
