// SPDX-License-Identifier: Apache-2.0
#include "exchange/h1_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exchange/h1_writer.h"
#include "tests/support/memory_stream.h"
#include "tests/support/test_loop.h"

namespace reeve::exchange {
namespace {

struct Message {
  std::string target;
  std::string body;  // as it would be forwarded, framing included
  std::uint64_t content = 0;
  std::string error;
};

rt::Task<> read_messages(H1Reader& reader, rt::Loop& loop, std::vector<Message>& messages) {
  for (;;) {
    http::RequestHead head;
    rt::Buffer held;
    Message message;
    for (;;) {
      const auto parsed = reader.parse({}, head, held);
      if (parsed.state == http::h1::ParseState::Complete) break;
      if (parsed.state == http::h1::ParseState::Refused) {
        message.error = parsed.context;
        messages.push_back(message);
        co_return;
      }
      const auto status = co_await reader.fill(rt::Deadline::after(loop.now(), std::chrono::seconds(1)));
      if (status != rt::IoStatus::Ok) co_return;
    }
    message.target = head.target;
    while (!reader.body_done()) {
      Result<Part> part = co_await reader.read(rt::Deadline::after(loop.now(), std::chrono::seconds(1)));
      if (!part) {
        message.error = part.error().context;
        messages.push_back(message);
        co_return;
      }
      message.content += part->content;
      rt::WriteList list;
      const OutFraming framing =
          head.body == http::BodyKind::Chunked ? OutFraming::Chunked : OutFraming::Length;
      frame(std::move(*part), reader.coding(), framing, reader.trailers(), list);
      for (std::uint8_t i = 0; i < list.count; ++i) message.body += list.buffers[i].view();
    }
    messages.push_back(message);
  }
}

rt::Task<> write_all(rt::Stream& stream, std::string bytes) {
  const auto status = co_await stream.write(rt::WriteList(rt::Buffer::copy_of(bytes)), rt::Deadline::never());
  EXPECT_EQ(status, rt::IoStatus::Ok);
  stream.shutdown_write();
}

std::vector<Message> read_in_pieces(const std::string& bytes, std::size_t piece) {
  test::TestLoop loop;
  auto pair = test::make_memory_pair(loop);
  pair.a->incoming().chunk = piece;
  H1Reader reader(*pair.a, Side::Client);
  std::vector<Message> messages;
  rt::Scope scope;
  scope.spawn(read_messages, std::ref(reader), std::ref(loop.loop()), std::ref(messages));
  scope.spawn(write_all, std::ref(static_cast<rt::Stream&>(*pair.b)), bytes);
  loop.run_until([&] { return scope.running() == 0; });
  EXPECT_EQ(scope.running(), 0u);
  return messages;
}

constexpr const char* kPipeline =
    "POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    "GET /two HTTP/1.1\r\nHost: a\r\n\r\n"
    "POST /three HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    "4\r\nwiki\r\n6;note=x\r\npedia \r\n0\r\n\r\n"
    "POST /four HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    "1\r\nx\r\n0\r\nX-Sum: 7\r\nContent-Length: 9\r\n\r\n"
    "GET /five HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(H1Reader, ReadsAPipelineTheSameHoweverItIsSplit) {
  for (std::size_t piece :
       {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, std::size_t{41}, std::size_t{4096}}) {
    SCOPED_TRACE(piece);
    const auto messages = read_in_pieces(kPipeline, piece);
    ASSERT_EQ(messages.size(), 5u);
    EXPECT_EQ(messages[0].body, "hello");
    EXPECT_EQ(messages[1].target, "/two");
    EXPECT_EQ(messages[2].body, "4\r\nwiki\r\n6\r\npedia \r\n0\r\n\r\n") << "the extension is cut out";
    EXPECT_EQ(messages[2].content, 10u);
    EXPECT_EQ(messages[3].body, "1\r\nx\r\n0\r\nX-Sum: 7\r\n\r\n") << "a trailer that frames is left out";
    EXPECT_EQ(messages[4].target, "/five");
    for (const Message& m : messages) EXPECT_EQ(m.error, "");
  }
}

TEST(H1Reader, AnEndInMidBodyIsAnErrorOfThatSide) {
  for (const char* bytes :
       {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"}) {
    const auto messages = read_in_pieces(bytes, 4096);
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_NE(messages[0].error, "");
  }
  EXPECT_EQ(error_of(rt::IoStatus::Eof, Side::Client).code, Code::ClientClosed);
  EXPECT_EQ(error_of(rt::IoStatus::Eof, Side::Upstream).code, Code::UpstreamMalformed);
  EXPECT_EQ(error_of(rt::IoStatus::TimedOut, Side::Upstream).code, Code::UpstreamTimeout);
  EXPECT_EQ(error_of(rt::IoStatus::Truncated, Side::Upstream).code, Code::UpstreamMalformed);
}

struct ResponseCase {
  const char* bytes;
  bool decode;
  const char* body;
};

rt::Task<> read_response(H1Reader& reader, bool decode, std::string& body, bool& failed) {
  http::ResponseHead head;
  rt::Buffer held;
  while (reader.parse({}, false, head, held).state == http::h1::ParseState::Incomplete) {
    const auto status = co_await reader.fill(rt::Deadline::never());
    if (status != rt::IoStatus::Ok) break;
  }
  if (decode) reader.decode_chunks();
  while (!reader.body_done()) {
    Result<Part> part = co_await reader.read(rt::Deadline::never());
    if (!part) {
      failed = true;
      co_return;
    }
    body += part->bytes.view();
  }
}

TEST(H1Reader, ReadsAnswersThatEndWithTheConnectionAndDecodesChunks) {
  const ResponseCase cases[] = {
      {"HTTP/1.1 200 OK\r\n\r\nall of it", false, "all of it"},
      {"HTTP/1.0 200 OK\r\n\r\n", false, ""},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", true,
       "abcde"},
      {"HTTP/1.1 204 No Content\r\n\r\n", false, ""},
  };
  for (const ResponseCase& c : cases) {
    SCOPED_TRACE(c.bytes);
    test::TestLoop loop;
    auto pair = test::make_memory_pair(loop);
    pair.a->incoming().chunk = 5;
    H1Reader reader(*pair.a, Side::Upstream);
    std::string body;
    bool failed = false;
    rt::Scope scope;
    scope.spawn(read_response, std::ref(reader), c.decode, std::ref(body), std::ref(failed));
    scope.spawn(write_all, std::ref(static_cast<rt::Stream&>(*pair.b)), std::string(c.bytes));
    loop.run_until([&] { return scope.running() == 0; });
    EXPECT_EQ(body, c.body);
    EXPECT_FALSE(failed);
  }
}

TEST(H1Reader, ACancelledReadLosesNothing) {
  test::TestLoop loop;
  auto pair = test::make_memory_pair(loop);
  H1Reader reader(*pair.a, Side::Upstream);
  std::string body;
  bool failed = false;
  rt::Scope scope;
  const std::string first = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab";
  scope.spawn(read_response, std::ref(reader), false, std::ref(body), std::ref(failed));
  rt::Buffer bytes = rt::Buffer::copy_of(first);
  loop.wait([](rt::Stream& s, rt::Buffer b) -> rt::Task<> {
    const auto status = co_await s.write(rt::WriteList(std::move(b)), rt::Deadline::never());
    EXPECT_EQ(status, rt::IoStatus::Ok);
  }(*pair.b, std::move(bytes)));
  loop.settle();
  pair.a->cancel_read();
  loop.settle();
  EXPECT_TRUE(failed);
  EXPECT_FALSE(reader.body_done());
  EXPECT_EQ(reader.left(), 2u);
}

}  // namespace
}  // namespace reeve::exchange
