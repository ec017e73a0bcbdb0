// SPDX-License-Identifier: Apache-2.0
// "Fail the Nth operation until none fails": name, dial, stream operations of one little story, each failing
// once in every way. Whatever happens, nothing is left over (the fixture looks) and every wait ends.
#include <gmock/gmock.h>

#include "upstream/fixture_test_support.h"
#include "upstream/health.h"

namespace reeve::upstream {
namespace {

class FaultsTest : public UpstreamTest {
 protected:
  FaultsTest() {
    policy::Upstream& posts = add("posts", {"http://posts:80", "https://10.0.0.2:443"});
    posts.health = policy::HealthCheck{.path = "/"};
    posts.connections_max = 2;
  }
};

rt::Task<Result<void>> exchange_once(Side& side, TargetPool& pool, Connection& connection, Faults& faults) {
  auto& stream = static_cast<test::MemoryStream&>(*connection.stream);
  if (faults.next()) stream.fail_operation(1, faults.status);
  if (faults.next()) stream.fail_operation(2, faults.status);
  side.client->begin(pool);
  rt::IoStatus status =
      co_await stream.write(rt::WriteList(rt::Buffer::copy_of("GET / HTTP/1.1\r\n\r\n")), side.within(1s));
  if (status == rt::IoStatus::Ok) status = co_await connection.reader.fill(side.within(100ms));
  side.client->end(pool, status == rt::IoStatus::Ok ? Outcome::Success : Outcome::Timeout);
  if (status != rt::IoStatus::Ok)
    co_return std::unexpected(exchange::error_of(status, exchange::Side::Upstream));
  co_return Result<void>{};
}

/// Three requests one after the other, as the proxy makes them: choose, kept or new, exchange, give back.
rt::Task<> story(Side& side, const policy::Upstream& upstream, Faults& faults,
                 std::reference_wrapper<int> ended) {
  for (int i = 0; i < 3; ++i) {
    const int chosen = side.client->choose(upstream, side.binding[0], 0, 0, true);
    if (chosen >= 0) {
      const std::shared_ptr<TargetPool> pool = side.pool(0, static_cast<std::size_t>(chosen));
      std::unique_ptr<Connection> connection = side.client->take_kept(pool, Use::Idempotent);
      if (!connection) {
        Connected fresh = co_await side.client->connect(pool, side.within(1s), side.cancellation);
        if (fresh) connection = std::move(*fresh);
      }
      if (connection) {
        const Result<void> done = co_await exchange_once(side, *pool, *connection, faults);
        if (!done && connection->reused) side.client->went_stale(*connection);
        if (done) side.client->give_back(std::move(connection), 5);
      }
    }
    ++ended.get();
  }
}

TEST_F(FaultsTest, NothingIsLeftWhateverFails) {
  for (const rt::IoStatus status : {rt::IoStatus::Reset, rt::IoStatus::TimedOut, rt::IoStatus::Cancelled,
                                    rt::IoStatus::NoDescriptors, rt::IoStatus::TlsFailed}) {
    std::uint64_t met = 0;
    for (std::uint64_t at = 1;; ++at) {
      Faults faults{.at = at, .status = status};
      {
        Side side(shared);
        side.dialer.faults = side.resolver.faults = &faults;
        side.resolver.knows("posts", {"10.0.0.1", "10.0.0.3"}, 5s);
        HealthChecker checker(side.loop.loop(), side.dialer, side.resolver, shared, at);
        side.bind(snapshot);
        checker.apply(snapshot);
        int ended = 0;
        rt::Scope scope;
        scope.spawn(story, std::ref(side), std::ref(snapshot.upstreams[0]), std::ref(faults),
                    std::ref(ended));
        scope.spawn(story, std::ref(side), std::ref(snapshot.upstreams[0]), std::ref(faults),
                    std::ref(ended));
        side.loop.advance(20s);
        EXPECT_EQ(ended, 6) << "operation " << at << ' ' << rt::describe(status);
        EXPECT_EQ(scope.running(), 0u);
        side.loop.wait(checker.stop());
        TearDown();
      }
      EXPECT_TRUE(shared->list(one.loop.now()).empty());
      if (!faults.met()) break;
      met = at;
    }
    EXPECT_GT(met, 10u);
  }
}

}  // namespace
}  // namespace reeve::upstream
