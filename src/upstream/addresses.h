// SPDX-License-Identifier: Apache-2.0
// Where a target is, as far as one reactor knows: a literal address or Unix path for good, a name by asking
// the resolver again whenever its answer has expired, in the background, while the old addresses stay in use.
// Owned by a TargetPool (or a health check) of that reactor. Does not connect.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "policy/upstream.h"
#include "rt/cancellation.h"
#include "rt/doors.h"
#include "rt/loop.h"
#include "rt/scope.h"
#include "rt/wait.h"
#include "upstream/shared.h"

namespace reeve::upstream {

class TargetAddresses : public std::enable_shared_from_this<TargetAddresses> {
 public:
  using List = std::shared_ptr<const std::vector<Endpoint>>;

  /// Queries run in `scope`, whose owner joins it before resolver and loop go.
  TargetAddresses(rt::Loop& loop, rt::Resolver& resolver, rt::Scope& scope,
                  std::shared_ptr<SharedTarget> shared, const policy::Target& target);

  /// Asks for the name now and whenever it expires, until stop(). Nothing to do for literal addresses.
  void start();
  void stop();

  /// Null until they are known.
  const List& list() const { return list_; }
  /// False when the name was asked for in vain: no request should be sent this way.
  bool usable() const { return list_ != nullptr || !failed(); }
  bool holds(const Endpoint& endpoint) const;
  /// Where the next connection begins in list(): they take turns.
  std::size_t next_turn() { return turn_++; }

  /// Until they are known: Ok, or why not (NameNotFound, NameFailed, TimedOut, Cancelled).
  rt::Task<rt::IoStatus> wait(rt::Deadline deadline, rt::Cancellation& cancellation);

 private:
  struct Refresh : rt::Timer {
    explicit Refresh(TargetAddresses& its_owner)
        : Timer([](Timer& timer) { static_cast<Refresh&>(timer).owner.ask(); }), owner(its_owner) {}
    TargetAddresses& owner;
  };

  bool failed() const { return failure_ != rt::IoStatus::Ok; }
  void ask();
  static rt::Task<> query(std::shared_ptr<TargetAddresses> self);
  void learned(const rt::ResolvedName& answer);
  void failed_with(rt::IoStatus status);
  void ask_again_after(Duration pause);

  rt::Loop& loop_;
  rt::Resolver& resolver_;
  rt::Scope& scope_;
  std::shared_ptr<SharedTarget> shared_;
  std::string host_;  // empty: nothing to resolve
  std::uint16_t port_;
  List list_;
  std::size_t turn_ = 0;
  bool active_ = false;
  bool asking_ = false;
  rt::IoStatus failure_ = rt::IoStatus::Ok;  // of the last query
  Duration pause_{};                         // before the next query after a failed one
  std::list<rt::Event*> waiting_;
  Refresh refresh_{*this};
};

}  // namespace reeve::upstream
