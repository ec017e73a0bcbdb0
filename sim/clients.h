// SPDX-License-Identifier: Apache-2.0
// The simulated clients: each lives through connections of changing kinds until the run's requests are used
// up. What they send is in sessions.cpp. A patient client's request that does not end, or ends badly when
// nothing goes wrong any more, is a violation.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "rt/scope.h"
#include "sim/client_side.h"
#include "sim/configuration.h"
#include "sim/network.h"
#include "sim/peer.h"

namespace reeve::sim {

class Clients {
 public:
  /// Opens a connection to the gateway; `side` is there when it returns.
  struct Opened {
    std::unique_ptr<SimStream> stream;
    std::shared_ptr<ClientSide> side;
  };
  using Open = std::function<Opened()>;
  Clients(Reactor& reactor, const Swarm& swarm, Ledger& ledger, std::uint64_t requests, Open open);

  void start();
  std::size_t running() const { return scope_.running(); }
  std::uint64_t left() const { return left_; }
  std::uint64_t whole_answers() const { return whole_; }
  /// Nobody begins anything new, until expect_the_best().
  void hold() { held_ = true; }
  bool held() const { return held_; }
  std::size_t sessions() const { return sessions_; }
  /// From now on every request of a patient client must be answered well.
  void expect_the_best() {
    held_ = false;
    best_ = true;
  }

 private:
  friend class Session;
  static rt::Task<> live(Clients& self);
  bool more() const { return left_ != 0 && !held_; }

  Reactor& reactor_;
  const Swarm& swarm_;
  Ledger& ledger_;
  std::uint64_t left_;
  std::uint64_t whole_ = 0;
  std::size_t sessions_ = 0;
  bool held_ = false;
  bool best_ = false;
  Open open_;
  Prng prng_;
  rt::Scope scope_;
};

/// One connection of a client.
class Session {
 public:
  Session(Clients& owner, Clients::Opened opened, ClientKind kind);
  rt::Task<> run();

 private:
  struct Asked {
    Tracked* request = nullptr;
    std::string head;
    std::string body;
    bool best = false;     ///< nothing may go wrong with it any more
    int refusal = 0;       ///< the status that it must have, if it is not to be served
    bool guarded = false;  ///< may be refused with 401, 403 or 429; whether it had to, the ledger knows
    bool closes = false;   ///< the client asked for the end of the connection
  };
  enum class Ended : std::uint8_t { Whole, Broken };

  Asked ask(bool last);
  std::string choose_method();
  std::string upload(Asked& asked);
  std::string credential(Asked& asked, const RouteUse& route);
  rt::Task<Ended> read_answer(Asked& asked);
  rt::Task<bool> wait_for_continue();
  void judge(const Asked& asked, int status);
  void failed(const Asked& asked, std::string_view how);

  rt::Task<> keep_alive();
  rt::Task<> pipeline();
  rt::Task<> expect();
  rt::Task<> tunnel();
  rt::Task<> leave_early();
  rt::Task<> be_rude();

  Clients& owner_;
  Prng& prng_;
  std::shared_ptr<ClientSide> side_;
  Peer peer_;
  ClientKind kind_;
  Drip drip_;
  int status_ = 0;
  bool explains_ = false;
  std::string explanation_;  // of an answer that Reeve made
  bool answer_keeps_ = false;
  bool head_read_ = false;
};

}  // namespace reeve::sim
