// SPDX-License-Identifier: Apache-2.0
// What this folder's tests begin with: one or two reactors on virtual time with their fake doors and Clients
// over one Shared. At the end nothing may be left: no place, no request, no timer.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/bug.h"
#include "upstream/client.h"
#include "upstream/fake_doors_test_support.h"
#include "upstream/pool.h"
#include "upstream/shared.h"

namespace reeve::upstream {

using namespace std::chrono_literals;

using Connected = Result<std::unique_ptr<Connection>>;

/// A reactor with everything that upstream/ needs of it.
struct Side {
  explicit Side(std::shared_ptr<Shared> shared)
      : client(std::make_unique<Client>(loop.loop(), dialer, resolver, std::move(shared))) {}
  ~Side() {
    binding.clear();
    loop.wait(client->stop());
    client.reset();
    resolver.drop();
    EXPECT_EQ(loop.loop().timers().next(), std::nullopt);
  }

  void bind(const policy::Snapshot& snapshot) { binding = client->bind(snapshot); }
  const std::shared_ptr<TargetPool>& pool(std::size_t upstream = 0, std::size_t target = 0) {
    return binding.at(upstream).targets.at(target);
  }
  rt::Deadline within(Duration span) const { return rt::Deadline::after(loop.now(), span); }
  Connected connect(const std::shared_ptr<TargetPool>& to, Duration span = 1s) {
    return loop.wait(client->connect(to, within(span), cancellation));
  }
  /// A connection that has just served a request, in the pool again.
  void keep_one(std::uint32_t keep_alive_timeout = 0) {
    Connected connection = connect(pool());
    ASSERT_TRUE(connection);
    client->give_back(std::move(*connection), keep_alive_timeout);
  }

  test::TestLoop loop;
  FakeDialer dialer{loop};
  FakeResolver resolver{loop};
  rt::Cancellation cancellation;
  std::unique_ptr<Client> client;
  Binding binding;
};

/// A request that connects while the test goes on.
struct Pending {
  explicit Pending(Side& side, std::shared_ptr<TargetPool> to, Duration span = 1s) {
    scope.spawn(run, std::ref(*side.client), std::move(to), side.within(span), std::ref(*this));
  }
  static rt::Task<> run(Client& client, std::shared_ptr<TargetPool> to, rt::Deadline deadline,
                        Pending& self) {
    self.result = co_await client.connect(std::move(to), deadline, self.cancellation);
  }
  bool served() const { return result.has_value() && result->has_value(); }

  rt::Cancellation cancellation;
  std::optional<Connected> result;
  rt::Scope scope;
};

class UpstreamTest : public ::testing::Test {
 protected:
  ~UpstreamTest() override { EXPECT_EQ(bug_count(), 0u); }
  void TearDown() override {
    for (const TargetStatus& row : shared->list(one.loop.now())) {
      EXPECT_EQ(row.in_flight, 0u) << row.target;
      EXPECT_EQ(row.connections, row.kept) << row.target;
    }
  }

  policy::Upstream& add(const std::string& name, const std::vector<std::string>& urls) {
    return snapshot.upstreams.emplace_back(make_upstream(name, urls));
  }
  TargetStatus status(std::size_t row = 0) { return shared->list(one.loop.now()).at(row); }

  std::vector<std::string> told;  ///< what Watch said
  std::shared_ptr<Shared> shared = std::make_shared<Shared>(
      [this](std::string_view upstream, std::string_view target, bool healthy, std::string_view reason) {
        told.push_back(std::string(upstream) + " " + std::string(target) + (healthy ? " up: " : " down: ") +
                       std::string(reason));
      });
  Side one{shared};
  policy::Snapshot snapshot;
};

}  // namespace reeve::upstream
