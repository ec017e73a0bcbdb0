// SPDX-License-Identifier: Apache-2.0
// The checkers' own reader: the same events however the bytes are cut, and nothing that is not HTTP/1.1
// passes.
#include "sim/wire.h"

#include <gtest/gtest.h>

#include "sim/bodies.h"

namespace reeve::sim {
namespace {

using Role = WireReader::Role;
using Event = WireReader::Event;

/// `H` head, `(…)` content, `E` end, `T(…)` tunnel, `!` broken.
std::string events(Role role, std::string_view text, std::size_t cut, std::string_view method = "GET") {
  WireReader reader(role);
  std::string log;
  std::string content;
  for (std::string_view piece : {text.substr(0, cut), text.substr(cut)}) {
    for (bool more = true; more;) {
      if (reader.between()) reader.answers_to(method);
      switch (reader.next(piece)) {
        case Event::More:
          more = false;
          break;
        case Event::Head:
          log += 'H';
          break;
        case Event::Body:
        case Event::Tunnel:
          content += reader.body();
          break;
        case Event::End:
          log += "(" + std::exchange(content, {}) + ")E";
          break;
        case Event::Broken:
          return log + "!";
      }
    }
  }
  if (reader.finish() == Event::End) return log + "(" + content + ")E";
  if (!reader.flaw().empty()) return log + "(" + content + "!";
  return log + content;
}

void expect_events(Role role, std::string_view text, std::string_view expected,
                   std::string_view method = "GET") {
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    ASSERT_EQ(events(role, text, cut, method), expected) << "cut at " << cut << " of " << text;
}

TEST(WireReader, ReadsTheSameHoweverItIsCut) {
  expect_events(Role::Answer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "H(hello)E");
  expect_events(
      Role::Answer,
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX: y\r\n\r\n",
      "H(hello!)E");
  expect_events(Role::Answer, "HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 204 No\r\n\r\n", "H()EH()E");
  expect_events(Role::Answer, "HTTP/1.1 200 OK\r\n\r\nuntil the end", "H(until the end)E");
  expect_events(Role::Answer, "HTTP/1.1 101 Switching\r\n\r\nraw", "Hraw");
  expect_events(Role::Request,
                "GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 1\r\n\r\nx",
                "H()EH(x)E");
}

TEST(WireReader, AnAnswerToHeadHasNoBody) {
  expect_events(Role::Answer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "H()E", "HEAD");
}

TEST(WireReader, AnEndInsideAMessageIsSeen) {
  expect_events(Role::Answer, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "H(hell!");
  expect_events(Role::Answer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                "H(hello!");
}

TEST(WireReader, RefusesWhatIsNotStrict) {
  for (const std::string_view text : {
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
           "HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
           "HTTP/1.1 200 OK\r\n folded\r\n\r\n",
           "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n",
           "HTTP/1.1 20 OK\r\n\r\n",
       })
    EXPECT_EQ(events(Role::Answer, text, 0), "!") << text;
  for (const std::string_view text : {"5 \r\n", "+5\r\n", "\r\n", "5\r\nhelloX\r\n"})
    EXPECT_TRUE(
        events(Role::Answer, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(text), 0)
            .ends_with('!'))
        << text;
}

TEST(Bodies, TellWhoseTheyAreAndWhere) {
  const std::string whole = body_piece(Way::Up, 17, 0, 1000);
  EXPECT_EQ(body_piece(Way::Up, 17, 333, 400), whole.substr(333, 400));
  EXPECT_TRUE(is_body_piece(Way::Up, 17, 100, std::string_view(whole).substr(100)));
  EXPECT_FALSE(is_body_piece(Way::Down, 17, 0, whole));
  EXPECT_FALSE(is_body_piece(Way::Up, 18, 0, whole));
  std::string lost = whole;
  lost.erase(500, 16);
  EXPECT_FALSE(is_body_piece(Way::Up, 17, 0, lost));
}

}  // namespace
}  // namespace reeve::sim
