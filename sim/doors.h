// SPDX-License-Identifier: Apache-2.0
// The doors of rt/doors.h as one reactor of the simulated gateway is given them: connecting, names, chance,
// work that blocks. What goes wrong is drawn from the swarm. Streams made here are tapped for the checkers by
// `tap`.
#pragma once

#include <functional>
#include <string>

#include "rt/doors.h"
#include "sim/network.h"

namespace reeve::sim {

/// `co_await pause(reactor, span)`: virtual time passes.
rt::Task<> pause(Reactor& reactor, Duration span);

class SimDialer final : public rt::Dialer {
 public:
  using Tap = std::function<std::shared_ptr<Observer>(std::uint64_t link, const std::string& endpoint)>;
  SimDialer(Reactor& reactor, Network& network, const Swarm& swarm, Tap tap);

  std::shared_ptr<rt::TlsClientContext> tls_context(const rt::TlsClientSettings&) override {
    return std::make_shared<rt::TlsClientContext>();
  }
  rt::Task<rt::IoResult<std::unique_ptr<rt::Stream>>> dial(Target target, rt::Deadline deadline,
                                                           rt::Cancellation* cancellation) override;

 private:
  Duration draw_wait();

  Reactor& reactor_;
  Network& network_;
  const Swarm& swarm_;
  Tap tap_;
  Prng prng_;
};

/// Names of the form `<n>.pool.sim` have the addresses 10.200.<n>.1 to .4: some of them, others at every
/// query.
class SimResolver final : public rt::Resolver {
 public:
  static constexpr unsigned kAddresses = 4;
  SimResolver(Reactor& reactor, const Swarm& swarm);
  rt::Task<rt::IoResult<rt::ResolvedName>> resolve(std::string host, rt::Deadline deadline) override;

 private:
  Reactor& reactor_;
  const Swarm& swarm_;
  Prng prng_;
};

class SimRandom final : public rt::Random {
 public:
  explicit SimRandom(World& world) : prng_(world.fork()) {}
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(prng_.next() & 0xff);
  }

 private:
  Prng prng_;
};

/// Work is done on the spot, the waiter goes on later.
class SimOffload final : public rt::Offload {
 public:
  explicit SimOffload(Reactor& reactor) : reactor_(reactor) {}
  rt::Task<rt::IoStatus> run(std::move_only_function<void()> work) override;

 private:
  Reactor& reactor_;
};

}  // namespace reeve::sim
