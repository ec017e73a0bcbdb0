// SPDX-License-Identifier: Apache-2.0
// JSON unless Accept is there and matches none of the four (rules, 4).
#include "http/accept.h"

#include <gtest/gtest.h>

#include <string>

#include "http/h1/parse.h"

namespace reeve::http {
namespace {

bool accepts(const std::string& lines) {
  const std::string text = lines + "\r\n";
  std::uint32_t scanned = 0;
  Head head;
  EXPECT_EQ(h1::parse_trailers(text, 4096, scanned, head).state, h1::ParseState::Complete);
  return accepts_json(head);
}

TEST(Accept, JsonUnlessItIsExcluded) {
  for (const char* lines :
       {"", "Accept: */*\r\n", "Accept: application/json\r\n", "Accept: APPLICATION/Problem+Json\r\n",
        "Accept: application/*\r\n", "Accept: text/html, application/json;q=0.1\r\n",
        "Accept: text/html,*/*;q=0.8\r\n", "Accept: text/html\r\nAccept: */*\r\n",
        "Accept: application/json;version=1\r\n", "Accept: */* ; q=0.001\r\n",
        "Accept: application/json;q=0, */*\r\n", "Accept: text/x;p=\"a,b\", */*\r\n", "Accept: */*;q=x\r\n"})
    EXPECT_TRUE(accepts(lines)) << lines;
  for (const char* lines :
       {"Accept: text/html\r\n", "Accept:\r\n", "Accept: text/*, image/png\r\n",
        "Accept: application/xml\r\n", "Accept: application/json;q=0\r\n", "Accept: */*;q=0.000\r\n",
        "Accept: */*; Q=0.\r\n", "Accept: application/jsonx\r\n", "Accept: application/json+x\r\n",
        "Accept: text/x;p=\"a, */*\"\r\n", "Accept: text/x;p=\", */*\r\n", "Accept: json\r\n"})
    EXPECT_FALSE(accepts(lines)) << lines;
}

}  // namespace
}  // namespace reeve::http
