// SPDX-License-Identifier: Apache-2.0
// What two processes say to each other in an upgrade, over a socket pair; the smaller parts of the wiring.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "app/followers.h"
#include "app/handover_message.h"
#include "app/worker.h"

namespace reeve::app {
namespace {

using ::testing::HasSubstr;

struct HandoverMessageTest : ::testing::Test {
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    one = net::UniqueFd(ends[0]);
    two = net::UniqueFd(ends[1]);
  }
  net::UniqueFd one;
  net::UniqueFd two;
};

TEST_F(HandoverMessageTest, DescriptorsArriveUnderTheirNames) {
  const net::UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const net::UniqueFd zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(send_descriptors(one.get(), {{"lock", null.get()}, {"127.0.0.1:0", zero.get()}}));
  const auto received = receive_descriptors(two.get());
  ASSERT_TRUE(received);
  ASSERT_EQ(received->size(), 2u);
  EXPECT_EQ((*received)[0].name, "lock");
  EXPECT_EQ((*received)[1].name, "127.0.0.1:0");
  char byte = 'x';
  EXPECT_EQ(::read((*received)[0].fd.get(), &byte, 1), 0);
  EXPECT_EQ(::read((*received)[1].fd.get(), &byte, 1), 1);
  EXPECT_EQ(::fcntl((*received)[0].fd.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST_F(HandoverMessageTest, ManyListenersFitAndTooManyAreRefused) {
  std::vector<PassedDescriptor> many;
  for (int i = 0; i < 253; ++i)
    many.push_back({"a-rather-long-name-of-a-listener-" + std::to_string(i), one.get()});
  ASSERT_TRUE(send_descriptors(one.get(), many));
  const auto received = receive_descriptors(two.get());
  ASSERT_TRUE(received);
  EXPECT_EQ(received->size(), 253u);
  many.push_back({"one more", one.get()});
  EXPECT_FALSE(send_descriptors(one.get(), many));
}

TEST_F(HandoverMessageTest, WhatNoReeveSendsIsRefused) {
  ASSERT_TRUE(send_word(one.get(), "[\"lock\"]\n"));
  EXPECT_FALSE(receive_descriptors(two.get()));
  ASSERT_TRUE(send_word(one.get(), "hello!"));
  EXPECT_FALSE(expect_word(two.get(), kReady));
  one.reset();
  const auto gone = expect_word(two.get(), kReady);
  ASSERT_FALSE(gone);
  EXPECT_THAT(gone.error(), HasSubstr("hung up"));
}

TEST(Limit, LeavesDescriptorsForUpstreams) {
  EXPECT_EQ(LimitFollower::most(20'000), 9950u);
  EXPECT_EQ(LimitFollower::most(256), 78u);
  EXPECT_EQ(LimitFollower::most(50), 8u);
}

TEST(TlsTableTest, FindsTheContextWhenListenersHaveMoved) {
  struct FakeContext final : net::TlsServerContext {};
  const auto context = std::make_shared<const FakeContext>();
  TlsTable table;
  table.rows.push_back({IpEndpoint{IpAddress(), 80}, nullptr});
  table.rows.push_back({IpEndpoint{IpAddress(), 443}, context});
  PeerFacts peer;
  peer.local_port = 443;
  peer.listener = 1;
  EXPECT_EQ(table.find(peer), context);
  peer.listener = 0;
  EXPECT_EQ(table.find(peer), context);
  peer.listener = 7;
  EXPECT_EQ(table.find(peer), context);
  peer.local_port = 80;
  EXPECT_EQ(table.find(peer), nullptr);
}

}  // namespace
}  // namespace reeve::app
