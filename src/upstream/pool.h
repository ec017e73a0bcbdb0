// SPDX-License-Identifier: Apache-2.0
// One reactor's side of a target: the connections it keeps, the requests that wait for a place under
// connections.max, the target's addresses and TLS context. Found again by Client::bind over reloads, held by
// bindings and by connections in use. Dialling is in dial.h; what is counted over all reactors in
// shared.h.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "upstream/addresses.h"
#include "upstream/client.h"
#include "upstream/dial.h"
#include "upstream/shared.h"

namespace reeve::upstream {

inline constexpr Error kCancelled{Code::ClientClosed, Fault::Cancelled, Sent::Nothing, "cancelled"};

class TargetPool {
 public:
  /// The targets of the newest configuration of this upstream, for ejection: which one is `index`.
  using Siblings = std::shared_ptr<const std::vector<std::shared_ptr<SharedTarget>>>;

  TargetPool(rt::Loop& loop, std::shared_ptr<SharedTarget> shared, std::shared_ptr<TargetAddresses> addresses,
             TargetTls tls, std::shared_ptr<rt::TlsClientContext> tls_context);
  ~TargetPool();
  TargetPool(const TargetPool&) = delete;
  TargetPool& operator=(const TargetPool&) = delete;

  /// Takes the limits of the newest configuration; a retired pool serves again.
  void configure(const policy::Upstream& upstream, Siblings siblings, std::uint32_t index);
  /// Only older configurations know this target: nothing is kept any more, its name is not asked for again.
  void retire();

  SharedTarget& shared() { return *shared_; }
  TargetAddresses& addresses() { return *addresses_; }
  const TargetTls& tls() const { return tls_; }
  const std::shared_ptr<rt::TlsClientContext>& tls_context() const { return tls_context_; }
  bool available() const { return shared_->healthy() && addresses_->usable(); }

  // --- kept connections, newest last ---

  std::unique_ptr<Connection> take_kept(Use use, std::shared_ptr<TargetPool> self);
  /// Keeps it, hands it to a request that waits here, or closes it.
  void give_back(std::unique_ptr<Connection> connection);
  /// Closes those that the upstream closed or soon will, and one for each request that waits elsewhere. True
  /// when some are left.
  bool reap();
  void close_kept();
  std::size_t kept() const { return kept_.size(); }

  // --- places under connections.max ---

  /// True: one more connection may be opened, and give_place() is due when it is closed.
  bool take_place();
  void give_place();
  /// Ok with null: a place was taken. Ok with a connection: another request has just given it back.
  /// Overloaded when the deadline passes or too many wait.
  rt::Task<Result<std::unique_ptr<Connection>>> wait_for_place(rt::Deadline deadline,
                                                               rt::Cancellation& cancellation);

  // --- attempts ---

  void begin() { shared_->begin(); }
  void end(Outcome outcome);

 private:
  struct Waiter {
    explicit Waiter(rt::Loop& loop) : served(loop) {}
    rt::Event served;
    std::unique_ptr<Connection> connection;
  };
  struct Poll : rt::Timer {
    explicit Poll(TargetPool& its_owner)
        : Timer([](Timer& timer) { static_cast<Poll&>(timer).owner.poll(); }), owner(its_owner) {}
    TargetPool& owner;
  };

  bool fit_to_keep(const Connection& connection) const;
  void keep(std::unique_ptr<Connection> connection);
  void close_kept_at(std::size_t index);
  bool close_oldest();
  Waiter* next_waiter();
  bool leave_to_others() const;
  void poll();
  void poll_later();
  void serve_waiters();
  void consider_ejection(std::uint32_t failures_in_a_row, MonoTime now);

  rt::Loop& loop_;
  const std::shared_ptr<SharedTarget> shared_;
  const std::shared_ptr<TargetAddresses> addresses_;
  const TargetTls tls_;
  const std::shared_ptr<rt::TlsClientContext> tls_context_;
  bool retired_ = true;
  std::uint32_t max_ = 0;
  std::uint32_t keep_ = 0;
  std::optional<policy::Ejection> ejection_;
  Siblings siblings_;
  std::uint32_t index_ = 0;
  // Without their `pool`, which would keep this object alive for ever.
  std::vector<std::unique_ptr<Connection>> kept_;
  std::list<Waiter*> waiters_;  // first come, first served
  std::uint32_t served_in_a_row_ = 0;
  Poll poll_{*this};
};

}  // namespace reeve::upstream
