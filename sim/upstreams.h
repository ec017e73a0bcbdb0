// SPDX-License-Identifier: Apache-2.0
// The simulated upstreams: servers at every address of the configuration that deal with each request as the
// swarm draws it, from a plain answer to silence and worse. What they send is made for the request that they
// got and says so. Which bytes a deed consists of is in deeds.cpp.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "rt/scope.h"
#include "sim/network.h"
#include "sim/peer.h"
#include "sim/upstream_side.h"

namespace reeve::sim {

class Upstreams {
 public:
  using FindSide = std::function<UpstreamSide*(std::uint64_t link)>;
  Upstreams(Reactor& reactor, Network& network, const Swarm& swarm, FindSide find_side);

  std::size_t running() const { return scope_.running(); }

 private:
  friend class Deeds;
  void listen(const std::string& address, Network& network);
  static rt::Task<> serve(Upstreams& self, std::unique_ptr<SimStream> stream);

  Reactor& reactor_;
  const Swarm& swarm_;
  FindSide find_side_;
  Prng prng_;
  rt::Scope scope_;
};

/// One upstream connection, request after request.
class Deeds {
 public:
  Deeds(Upstreams& owner, std::unique_ptr<SimStream> stream);
  rt::Task<> serve();

 private:
  enum class Next : std::uint8_t { Request, Close };
  enum class Framing : std::uint8_t { Length, Chunked, UntilClose };

  rt::Task<bool> read_head();
  rt::Task<bool> read_body();
  rt::Task<Next> deal(Deed deed);
  rt::Task<Next> answer(Deed deed);
  rt::Task<Next> break_off(Deed deed);
  rt::Task<Next> misbehave(Deed deed);
  rt::Task<Next> tunnel();
  rt::Task<bool> send(std::string text);
  std::string head(int status, Framing framing, std::uint64_t length);
  std::string content(Framing framing, std::uint64_t length, std::uint64_t announced);
  std::string chunk(std::uint64_t offset, std::uint64_t size);
  std::string interim();
  /// The answer is complete: Reeve may use the connection again.
  void told_all();
  Next after_answer(Framing framing);

  Upstreams& owner_;
  Prng& prng_;
  Peer peer_;
  WireHead request_;
  std::uint64_t id_ = 0;
  std::uint64_t wanted_ = 0;  // bytes of the answer
  bool body_read_ = false;
};

}  // namespace reeve::sim
