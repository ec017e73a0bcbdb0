// SPDX-License-Identifier: Apache-2.0
// How TLS carries bytes, and how it ends.
#include "net/tls_stream.h"

#include <gtest/gtest.h>

#include "net/tls_test_support.h"

namespace reeve::net {
namespace {

using namespace std::chrono_literals;

TEST(TlsStream, CarriesBytesWhateverPiecesTheyArriveIn) {
  for (const bool deferred : {false, true}) {
    for (const std::size_t chunk : {1u, 2u, 3u, 5u, 7u, 64u, 1000u, 5000u}) {
      TlsPair pair;
      pair.server_wire->incoming() = {.chunk = chunk, .deferred = deferred};
      pair.client_wire->incoming() = {.chunk = chunk, .deferred = deferred};
      ASSERT_TRUE(pair.connect()) << chunk;
      EXPECT_EQ(pair.loop.wait(write_text(*pair.client, "question")), IoStatus::Ok);
      std::string got;
      EXPECT_EQ(pair.loop.wait(read_bytes(*pair.server, got, 8)), IoStatus::Ok);
      EXPECT_EQ(got, "question");
      EXPECT_EQ(pair.loop.wait(write_text(*pair.server, "answer")), IoStatus::Ok);
      got.clear();
      EXPECT_EQ(pair.loop.wait(read_bytes(*pair.client, got, 6)), IoStatus::Ok);
      EXPECT_EQ(got, "answer");
    }
  }
}

TEST(TlsStream, CarriesMuchInBothDirectionsAtOnceThroughNarrowWires) {
  for (const bool deferred : {false, true}) {
    TlsPair pair;
    pair.server_wire->incoming() = {.chunk = 3000, .capacity = 10'000, .deferred = deferred};
    pair.client_wire->incoming() = {.chunk = 7000, .capacity = 5'000, .deferred = deferred};
    ASSERT_TRUE(pair.connect());
    const std::string up = pattern(700'000), down = pattern(900'001);
    std::optional<IoStatus> up_sent, down_sent, up_read, down_read;
    std::string up_got, down_got;
    rt::Scope scope;
    scope.spawn(keep_result<IoStatus>, write_text(*pair.client, up), std::ref(up_sent));
    scope.spawn(keep_result<IoStatus>, write_text(*pair.server, down), std::ref(down_sent));
    scope.spawn(keep_result<IoStatus>, read_bytes(*pair.server, up_got, up.size()), std::ref(up_read));
    scope.spawn(keep_result<IoStatus>, read_bytes(*pair.client, down_got, down.size()), std::ref(down_read));
    ASSERT_TRUE(pair.loop.run_until([&] { return scope.running() == 0; }));
    EXPECT_EQ(up_sent, IoStatus::Ok);
    EXPECT_EQ(down_sent, IoStatus::Ok);
    EXPECT_TRUE(up_got == up);
    EXPECT_TRUE(down_got == down);
  }
}

Task<IoStatus> write_four(rt::Stream& stream, std::array<std::size_t, 4> sizes, const std::string& text) {
  WriteList list;
  std::size_t at = 0;
  for (const std::size_t size : sizes) {
    list.add(Buffer::copy_of(std::string_view(text).substr(at, size)));
    at += size;
  }
  co_return co_await stream.write(std::move(list), Deadline::never());
}

TEST(TlsStream, ListsOfSmallAndLargeBuffersArriveInOrder) {
  TlsPair pair;
  ASSERT_TRUE(pair.connect());
  const std::string text = pattern(200'000);
  for (const std::array<std::size_t, 4> sizes : {std::array<std::size_t, 4>{200, 1000, 30, 7},
                                                 {8000, 200, 8000, 9},
                                                 {300, 32'000, 1, 70'000},
                                                 {16'384, 1, 16'385, 0}}) {
    const std::size_t all = sizes[0] + sizes[1] + sizes[2] + sizes[3];
    std::optional<IoStatus> sent;
    rt::Scope scope;
    scope.spawn(keep_result<IoStatus>, write_four(*pair.client, sizes, text), std::ref(sent));
    std::string got;
    EXPECT_EQ(pair.loop.wait(read_bytes(*pair.server, got, all)), IoStatus::Ok);
    pair.loop.settle();
    EXPECT_EQ(sent, IoStatus::Ok);
    EXPECT_TRUE(got == text.substr(0, all));
  }
}

TEST(TlsStream, AnAnswerOfOneRecordIsOneOperationBelow) {
  TlsPair pair;
  ASSERT_TRUE(pair.connect());
  const auto round = [&] {
    EXPECT_EQ(pair.loop.wait(write_text(*pair.client, "q")), IoStatus::Ok);
    std::string got;
    EXPECT_EQ(pair.loop.wait(read_bytes(*pair.server, got, 1)), IoStatus::Ok);
    EXPECT_EQ(pair.loop.wait(write_four(*pair.server, {200, 800, 20, 4}, pattern(1024))), IoStatus::Ok);
    EXPECT_EQ(pair.loop.wait(read_bytes(*pair.client, got, 1025)), IoStatus::Ok);
  };
  round();
  const std::uint64_t before = pair.server_wire->operations();
  round();
  EXPECT_EQ(pair.server_wire->operations() - before, 2u);
}

TEST(TlsStream, AnEndWithoutCloseNotifyIsNotAnEnd) {
  TlsPair good;
  ASSERT_TRUE(good.connect());
  good.client->shutdown_write();
  std::string got;
  EXPECT_EQ(good.loop.wait(read_to_end(*good.server, got)), IoStatus::Eof);
  EXPECT_TRUE(good.server->peer_gone());
  EXPECT_FALSE(good.server->broken());
  // The other direction goes on.
  EXPECT_EQ(good.loop.wait(write_text(*good.server, "late answer")), IoStatus::Ok);
  EXPECT_EQ(good.loop.wait(read_bytes(*good.client, got, 11)), IoStatus::Ok);

  TlsPair bad;
  ASSERT_TRUE(bad.connect());
  EXPECT_EQ(bad.loop.wait(write_text(*bad.client, "half")), IoStatus::Ok);
  bad.client_wire->shutdown_write();
  EXPECT_EQ(bad.loop.wait(read_to_end(*bad.server, got)), IoStatus::Truncated);
  EXPECT_EQ(bad.loop.wait(read_to_end(*bad.server, got)), IoStatus::Truncated);
}

TEST(TlsStream, ClosingEndsInOrderUnlessTheMessageIsCut) {
  std::string got;
  TlsPair good;
  ASSERT_TRUE(good.connect());
  good.server.reset();
  EXPECT_EQ(good.loop.wait(read_to_end(*good.client, got)), IoStatus::Eof);
  TlsPair cut;
  ASSERT_TRUE(cut.connect());
  cut.server->reset_on_close();
  cut.server.reset();
  EXPECT_EQ(cut.loop.wait(read_to_end(*cut.client, got)), IoStatus::Reset);
}

TEST(TlsStream, ADamagedRecordFailsBothDirections) {
  TlsPair pair;
  ASSERT_TRUE(pair.connect());
  EXPECT_EQ(pair.loop.wait(write_text(*pair.client, "fragile")), IoStatus::Ok);
  pair.server_wire->damage(pair.server_wire->unread() - 1);
  std::string got;
  EXPECT_EQ(pair.loop.wait(read_to_end(*pair.server, got)), IoStatus::TlsFailed);
  EXPECT_EQ(got, "");
  EXPECT_TRUE(pair.server->broken());
  EXPECT_EQ(pair.loop.wait(write_text(*pair.server, "x")), IoStatus::TlsFailed);
  EXPECT_EQ(pair.loop.wait(read_to_end(*pair.client, got)), IoStatus::TlsFailed);  // the alert
}

TEST(TlsStream, WhoeverLeavesBeforeTheHandshakeHasBrokenNothing) {
  std::string got;
  TlsPair silent;
  silent.plain_client.reset();
  EXPECT_EQ(silent.loop.wait(read_to_end(*silent.server, got)), IoStatus::Eof);
  TlsPair half;
  EXPECT_EQ(half.loop.wait(write_text(*half.plain_client, "\x16\x03\x01")), IoStatus::Ok);
  half.plain_client->shutdown_write();
  EXPECT_EQ(half.loop.wait(read_to_end(*half.server, got)), IoStatus::Truncated);
  TlsPair plain;
  EXPECT_EQ(plain.loop.wait(write_text(*plain.plain_client, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")),
            IoStatus::Ok);
  EXPECT_EQ(plain.loop.wait(read_to_end(*plain.server, got)), IoStatus::TlsFailed);
  EXPECT_EQ(plain.server->tls(), nullptr);
}

TEST(TlsStream, DeadlinesHoldAndLeaveTheStreamUsable) {
  TlsPair pair;
  Buffer into;
  EXPECT_EQ(pair.loop.wait(read_some(*pair.server, into, Deadline::after(pair.loop.now(), 10ms))),
            IoStatus::TimedOut);
  ASSERT_TRUE(pair.connect());
  EXPECT_EQ(pair.loop.wait(read_some(*pair.server, into, Deadline::after(pair.loop.now(), 10ms))),
            IoStatus::TimedOut);
  EXPECT_EQ(into.data(), nullptr) << "a waiting read holds no block";
  EXPECT_EQ(pair.loop.wait(write_text(*pair.client, "still here")), IoStatus::Ok);
  EXPECT_EQ(pair.loop.wait(read_some(*pair.server, into)), IoStatus::Ok);
  EXPECT_EQ(into.view(), "still here");
}

TEST(TlsStream, OfTwoOperationsInTheHandshakeEachHasItsOwnDeadline) {
  for (const bool write_first : {false, true}) {
    TlsPair pair;
    std::optional<IoStatus> read, written;
    Buffer into;
    rt::Scope scope;
    const Deadline early = Deadline::after(pair.loop.now(), 10ms),
                   late = Deadline::after(pair.loop.now(), 1s);
    scope.spawn(keep_result<IoStatus>, read_some(*pair.server, into, write_first ? late : early),
                std::ref(read));
    scope.spawn(keep_result<IoStatus>, write_text(*pair.server, "x", write_first ? early : late),
                std::ref(written));
    pair.loop.advance(20ms);
    EXPECT_EQ(read.has_value(), !write_first);
    EXPECT_EQ(written.has_value(), write_first);
    pair.loop.advance(2s);
    EXPECT_EQ(read, IoStatus::TimedOut);
    EXPECT_EQ(written, IoStatus::TimedOut);
  }
}

TEST(TlsStream, AnIdleDeadlineMovesWithProgress) {
  TlsPair pair;
  ASSERT_TRUE(pair.connect());
  pair.client_wire->incoming().capacity = 1000;
  std::optional<IoStatus> sent;
  const std::string text = pattern(1'000'000);
  rt::Scope scope;
  scope.spawn(
      keep_result<IoStatus>,
      [](rt::Stream& stream, rt::Loop& loop, const std::string& bytes) -> Task<IoStatus> {
        co_return co_await stream.write(WriteList(Buffer::copy_of(bytes)), loop.now(), 50ms);
      }(*pair.server, pair.loop, text),
      std::ref(sent));
  for (int i = 0; i < 20; ++i) {  // half a record at a time
    pair.loop.advance(40ms);
    Buffer piece;
    (void)pair.loop.wait(read_some(*pair.client, piece, Deadline::after(pair.loop.now(), 1ms)));
    ASSERT_FALSE(sent) << i;
  }
  pair.loop.advance(60ms);
  EXPECT_EQ(sent, IoStatus::TimedOut);
}

TEST(TlsStream, ACancelledWriteLeavesTheRecordsWhole) {
  for (std::size_t capacity = 60; capacity < 40'000; capacity = capacity * 3 + 1) {
    TlsPair pair;
    ASSERT_TRUE(pair.connect());
    pair.client_wire->incoming().capacity = capacity;
    const std::string text = pattern(150'000);
    std::optional<IoStatus> sent;
    rt::Scope scope;
    scope.spawn(keep_result<IoStatus>, write_text(*pair.server, text), std::ref(sent));
    pair.loop.settle();
    EXPECT_FALSE(sent);
    pair.server->cancel_write();
    EXPECT_FALSE(sent) << "not on the spot";
    pair.loop.settle();
    EXPECT_EQ(sent, IoStatus::Cancelled);
    // What was encrypted already comes first, then what is written next.
    sent.reset();
    scope.spawn(keep_result<IoStatus>, write_text(*pair.server, "END"), std::ref(sent));
    std::string got;
    while (!got.ends_with("END"))
      ASSERT_EQ(pair.loop.wait(read_bytes(*pair.client, got, got.size() + 1)), IoStatus::Ok);
    got.resize(got.size() - 3);
    EXPECT_TRUE(text.starts_with(got));
  }
}

TEST(TlsStream, ACancelledReadLosesNothing) {
  TlsPair pair;
  ASSERT_TRUE(pair.connect());
  pair.server_wire->incoming().deferred = true;
  std::string got;
  for (int i = 0; i < 10; ++i) {
    std::optional<IoStatus> read;
    Buffer into;
    rt::Scope scope;
    scope.spawn(keep_result<IoStatus>, read_some(*pair.server, into), std::ref(read));
    EXPECT_EQ(pair.loop.wait(write_text(*pair.client, "abc")), IoStatus::Ok);
    if (!read) pair.server->cancel_read();
    pair.loop.settle();
    ASSERT_TRUE(read);
    if (*read == IoStatus::Ok) got += into.view();
  }
  EXPECT_EQ(pair.loop.wait(read_bytes(*pair.server, got, 30)), IoStatus::Ok);
  EXPECT_EQ(got.size(), 30u);
}

// One exchange during which the Nth operation below fails; true when it had fewer operations.
bool exchange_with_fault(bool on_server, bool deferred, std::uint64_t number, IoStatus fault) {
  TlsPair pair;
  pair.server_wire->incoming() = {.chunk = 900, .deferred = deferred};
  pair.client_wire->incoming() = {.chunk = 900, .deferred = deferred};
  reeve::test::MemoryStream* wire = on_server ? pair.server_wire : pair.client_wire;
  wire->fail_operation(number, fault);
  auto context = make_tls_client_context(client_settings());
  if (!pair.connect(*context)) return false;
  std::string got;
  const std::string text = pattern(20'000);
  std::optional<IoStatus> sent, read, answered;
  Buffer last;
  {
    rt::Scope scope;
    scope.spawn(keep_result<IoStatus>, write_text(*pair.client, text), std::ref(sent));
    scope.spawn(keep_result<IoStatus>,
                read_bytes(*pair.server, got, text.size(), Deadline::after(pair.loop.now(), 1s)),
                std::ref(read));
    EXPECT_TRUE(pair.loop.run_until([&] { return scope.running() == 0; }));
  }
  if (sent != IoStatus::Ok || read != IoStatus::Ok) return false;
  EXPECT_TRUE(got == text);
  pair.server->shutdown_write();
  {
    rt::Scope scope;
    scope.spawn(keep_result<IoStatus>, read_some(*pair.client, last, Deadline::after(pair.loop.now(), 1s)),
                std::ref(answered));
    EXPECT_TRUE(pair.loop.run_until([&] { return scope.running() == 0; }));
  }
  const bool survived = wire->operations() < number;
  EXPECT_TRUE(!survived || answered == IoStatus::Eof);
  return survived;
}

TEST(TlsStream, SurvivesTheFailureOfEveryOperationBelow) {
  for (const bool on_server : {false, true}) {
    for (const bool deferred : {false, true}) {
      for (const IoStatus fault : {IoStatus::Reset, IoStatus::Failed, IoStatus::Eof, IoStatus::Cancelled}) {
        std::uint64_t number = 1;
        while (!exchange_with_fault(on_server, deferred, number, fault)) ASSERT_LT(++number, 500u);
        EXPECT_GT(number, 3u);
      }
    }
  }
}

TEST(TlsStream, CancellingTheHandshakeAfterAnyStepEndsIt) {
  auto context = make_tls_client_context(client_settings());
  for (std::size_t bytes = 0; bytes < 1500; bytes += 50) {
    TlsPair pair;
    pair.client_wire->incoming().capacity = bytes;
    rt::Cancellation cancellation;
    std::optional<Connected> connected;
    std::optional<IoStatus> served;
    rt::Scope scope;
    scope.spawn(keep_result<Connected>,
                tls_connect(pair.loop, pair.offload, std::move(pair.plain_client), *context, "a.test",
                            Deadline::never(), &cancellation),
                std::ref(connected));
    scope.spawn(keep_result<IoStatus>, write_text(*pair.server, "", Deadline::never()), std::ref(served));
    pair.loop.settle();
    cancellation.request();
    pair.loop.settle();
    ASSERT_TRUE(connected);
    if (connected->has_value())
      pair.client = std::move(**connected);
    else
      EXPECT_EQ(connected->error(), IoStatus::Cancelled);
    pair.server->cancel();
    pair.loop.settle();
    ASSERT_TRUE(served);
  }
}

TEST(TlsStream, CanBeDestroyedWhileItsOwnMessageIsOnTheWay) {
  TlsPair pair;
  ASSERT_TRUE(pair.connect());
  pair.client_wire->incoming().capacity = 0;
  pair.server->shutdown_write();  // close_notify cannot go
  pair.server.reset();
  pair.loop.settle();
  pair.client_wire->incoming().capacity = 1000;
  std::string got;
  EXPECT_EQ(pair.loop.wait(read_to_end(*pair.client, got)), IoStatus::Truncated);
}

TEST(TlsStream, WhatComesUnaskedAndIsNoDataLeavesAPooledConnectionQuiet) {
  TlsPair pair;
  ASSERT_TRUE(pair.connect());
  EXPECT_EQ(pair.loop.wait(write_text(*pair.client, "q")), IoStatus::Ok);
  std::string got;
  EXPECT_EQ(pair.loop.wait(read_bytes(*pair.server, got, 1)), IoStatus::Ok);
  // The session tickets lie unread at the client.
  ASSERT_GT(pair.client_wire->unread(), 0u);
  EXPECT_FALSE(pair.client_wire->quiet());
  EXPECT_TRUE(pair.client->quiet());
  EXPECT_EQ(pair.client_wire->unread(), 0u);
  EXPECT_EQ(pair.loop.wait(write_text(*pair.server, "unasked")), IoStatus::Ok);
  EXPECT_FALSE(pair.client->quiet());
  got.clear();
  EXPECT_EQ(pair.loop.wait(read_bytes(*pair.client, got, 7)), IoStatus::Ok);
  EXPECT_EQ(got, "unasked");
  EXPECT_TRUE(pair.client->quiet());
  pair.server->shutdown_write();
  EXPECT_FALSE(pair.client->quiet());
  EXPECT_TRUE(pair.client->peer_gone());
}

TEST(TlsStream, ADisconnectRequestsTheCancellation) {
  TlsPair pair;
  ASSERT_TRUE(pair.connect());
  rt::Cancellation gone;
  pair.server->when_gone(&gone, false);
  pair.client.reset();
  EXPECT_TRUE(gone.requested());
}

}  // namespace
}  // namespace reeve::net
