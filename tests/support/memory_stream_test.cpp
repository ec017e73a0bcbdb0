// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_stream.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/test_loop.h"

namespace reeve::test {
namespace {

using namespace std::chrono_literals;
using rt::Buffer;
using rt::Deadline;
using rt::IoStatus;
using rt::Task;
using rt::WriteList;

Task<IoStatus> read_some(rt::Stream& stream, Buffer& into, Deadline deadline) {
  co_return co_await stream.read(into, deadline);
}
Task<IoStatus> write_all(rt::Stream& stream, std::string text, Deadline deadline) {
  co_return co_await stream.write(WriteList(Buffer::copy_of(text)), deadline);
}
Task<> record(Task<IoStatus> task, std::reference_wrapper<std::optional<IoStatus>> result) {
  result.get() = co_await task;
}

TEST(MemoryStream, CarriesBytesInPiecesAndThenTheEnd) {
  TestLoop loop;
  MemoryPair pair = make_memory_pair(loop);
  pair.b->incoming().chunk = 2;
  EXPECT_EQ(loop.wait(write_all(*pair.a, "hello", Deadline::never())), IoStatus::Ok);
  pair.a->shutdown_write();
  Buffer got;
  EXPECT_EQ(loop.wait(read_some(*pair.b, got, Deadline::never())), IoStatus::Ok);
  EXPECT_EQ(got.view(), "he");
  while (loop.wait(read_some(*pair.b, got, Deadline::never())) == IoStatus::Ok) {
  }
  EXPECT_EQ(got.view(), "hello");
  EXPECT_EQ(loop.wait(read_some(*pair.b, got, Deadline::never())), IoStatus::Eof);
  EXPECT_TRUE(pair.b->peer_gone());
  EXPECT_FALSE(pair.b->broken());
}

TEST(MemoryStream, AStalledReadTimesOutAndAFullWayBlocksTheWriter) {
  TestLoop loop;
  MemoryPair pair = make_memory_pair(loop);
  pair.b->incoming() = {.capacity = 3, .stalled = true};
  std::optional<IoStatus> written;
  rt::Scope scope;
  scope.spawn(record, write_all(*pair.a, "abcdef", Deadline::never()), std::ref(written));
  Buffer got;
  EXPECT_EQ(loop.wait(read_some(*pair.b, got, Deadline::after(loop.now(), 5ms))), IoStatus::TimedOut);
  EXPECT_FALSE(written);
  EXPECT_EQ(pair.b->unread(), 3u);
  pair.b->incoming().stalled = false;
  while (got.size() < 6) EXPECT_EQ(loop.wait(read_some(*pair.b, got, Deadline::never())), IoStatus::Ok);
  loop.settle();
  EXPECT_EQ(written, IoStatus::Ok);
  EXPECT_EQ(got.view(), "abcdef");
}

TEST(MemoryStream, CancellingEndsTheOperationThroughTheLoop) {
  TestLoop loop;
  MemoryPair pair = make_memory_pair(loop);
  std::optional<IoStatus> result;
  Buffer got;
  rt::Scope scope;
  scope.spawn(record, read_some(*pair.b, got, Deadline::never()), std::ref(result));
  pair.b->cancel_read();
  EXPECT_FALSE(result);
  loop.settle();
  EXPECT_EQ(result, IoStatus::Cancelled);
}

TEST(MemoryStream, AResetIsSeenByBothAndTheNthOperationCanFail) {
  TestLoop loop;
  MemoryPair pair = make_memory_pair(loop);
  rt::Cancellation gone;
  pair.b->when_gone(&gone, true);
  pair.a->fail_operation(2, IoStatus::Reset);
  EXPECT_EQ(loop.wait(write_all(*pair.a, "x", Deadline::never())), IoStatus::Ok);
  EXPECT_EQ(loop.wait(write_all(*pair.a, "y", Deadline::never())), IoStatus::Reset);
  EXPECT_TRUE(gone.requested());
  Buffer got;
  EXPECT_EQ(loop.wait(read_some(*pair.b, got, Deadline::never())), IoStatus::Reset);
}

TEST(MemoryStream, DestroyingAnEndIsAnEndOrAReset) {
  TestLoop loop;
  MemoryPair first = make_memory_pair(loop);
  first.a.reset();
  Buffer got;
  EXPECT_EQ(loop.wait(read_some(*first.b, got, Deadline::never())), IoStatus::Eof);
  EXPECT_EQ(loop.wait(write_all(*first.b, "x", Deadline::never())), IoStatus::Reset);
  MemoryPair second = make_memory_pair(loop);
  second.a->reset_on_close();
  second.a.reset();
  EXPECT_EQ(loop.wait(read_some(*second.b, got, Deadline::never())), IoStatus::Reset);
}

}  // namespace
}  // namespace reeve::test
