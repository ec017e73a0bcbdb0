// SPDX-License-Identifier: Apache-2.0
// What reactors share: contexts, ticket keys, sessions, the machine's authorities. For ThreadSanitizer above
// all.
#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "net/tls_test_support.h"

namespace reeve::net {
namespace {

// One reactor's share of the work; how many handshakes resumed a session.
int shake_hands(const std::shared_ptr<const TlsServerContext>& server, int times) {
  int resumed = 0;
  for (int i = 0; i < times; ++i) {
    const auto client = make_tls_client_context(client_settings());
    TlsPair pair(server);
    EXPECT_TRUE(pair.connect(*client));
    if (pair.server->tls()->resumed) ++resumed;
    EXPECT_EQ(pair.loop.wait(write_text(*pair.server, "x")), IoStatus::Ok);
    Buffer got;
    EXPECT_EQ(pair.loop.wait(read_some(*pair.client, got)), IoStatus::Ok);

    const auto system = make_tls_client_context({});
    TlsPair untrusted(server);
    EXPECT_FALSE(untrusted.connect(*system));
    EXPECT_FALSE(system->last_failure().empty());
  }
  return resumed;
}

TEST(TlsShared, ReactorsShareContextsKeysAndSessions) {
  const auto keys = std::make_shared<TlsTicketKeys>();
  const auto server = server_context(server_settings(), keys);
  const auto held = make_tls_client_context(client_settings());
  std::array<int, 3> resumed{};
  std::vector<std::thread> reactors;
  for (int& count : resumed) {
    reactors.emplace_back([&] { count = shake_hands(server, 5); });
  }
  for (std::thread& reactor : reactors) reactor.join();
  EXPECT_GT(resumed[0] + resumed[1] + resumed[2], 0);
}

TEST(TlsShared, TicketKeysRotateOnceForAll) {
  TlsTicketKeys keys;
  std::vector<std::thread> threads;
  std::array<std::array<std::uint8_t, 16>, 4> last{};
  for (auto& name : last) {
    threads.emplace_back([&] {
      for (int hour = 0; hour < 60; ++hour) {
        const auto key = keys.sealing(MonoTime(std::chrono::hours(hour)));
        if (key) name = key->name;
        (void)keys.opening(name.data(), MonoTime(std::chrono::hours(hour)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& name : last) EXPECT_TRUE(keys.opening(name.data(), MonoTime(std::chrono::hours(60))));
}

}  // namespace
}  // namespace reeve::net
