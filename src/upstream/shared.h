// SPDX-License-Identifier: Apache-2.0
// What is counted of upstreams over all reactors: health, ejection, requests in flight, connections, and how
// long an upstream keeps idle connections. Found by (upstream name, target url), so that a reload finds it
// again; gone when the last generation, check or connection that knows it goes. Every reactor and the health
// checker use it on the request path without a lock; only registering and the scrape take the mutex.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "rt/doors.h"

namespace reeve::upstream {

/// Told what changed about a target and why: its health, its name, an ejection (whose end needs no telling).
/// Called on whichever thread found out, also several at once.
using Watch = std::function<void(std::string_view upstream, std::string_view target, bool healthy,
                                 std::string_view reason)>;

/// What the targets of one upstream share.
struct SharedUpstream {
  explicit SharedUpstream(std::string its_name) : name(std::move(its_name)) {}
  const std::string name;
  /// Held while one reactor decides on an ejection, so that two cannot eject the last two targets at once.
  std::atomic_flag ejecting;
  // Under Shared's mutex: the present TLS context and what it was made from.
  rt::TlsClientSettings tls_settings;
  std::weak_ptr<rt::TlsClientContext> tls_context;
};

/// One target, all reactors. All accesses are relaxed: each is a number of its own that publishes no other
/// data, and a reader that is a moment behind chooses a target, or refuses a place, as it would have a moment
/// ago.
class SharedTarget {
 public:
  SharedTarget(std::shared_ptr<SharedUpstream> upstream, std::string url, std::shared_ptr<const Watch> watch);

  const std::string& upstream() const { return upstream_->name; }
  const std::string& url() const { return url_; }
  std::atomic_flag& ejecting() { return upstream_->ejecting; }

  // --- health ---
  bool healthy() const { return healthy_.load(kRelaxed); }
  /// The verdict of the active checks; true when there are none.
  void set_healthy(bool healthy, std::string_view reason);

  enum class Name : std::uint8_t {
    Known,
    Old,      ///< the last query failed, its predecessor's addresses are in use
    Unknown,  ///< no query has succeeded: an unhealthy target
  };
  void set_name(Name state, std::string_view reason);
  bool name_known() const { return name_.load(kRelaxed) != Name::Unknown; }

  // --- ejection ---
  bool ejected(MonoTime now) const { return now.time_since_epoch().count() < ejected_until_.load(kRelaxed); }
  /// One more failure; how many there are in a row now.
  std::uint32_t failed() { return failures_.fetch_add(1, kRelaxed) + 1; }
  void succeeded() {
    // A look before the store: the line stays shared while all goes well.
    if (failures_.load(kRelaxed) != 0) failures_.store(0, kRelaxed);
  }
  void eject(MonoTime until, std::string_view reason);

  // --- requests and connections ---
  void begin() { in_flight_.fetch_add(1, kRelaxed); }
  void end() { in_flight_.fetch_sub(1, kRelaxed); }
  std::uint32_t in_flight() const { return in_flight_.load(kRelaxed); }

  /// A place for one more connection, if fewer than `max` are taken.
  bool take_place(std::uint32_t max) { return add_below(open_, max); }
  void give_place() { open_.fetch_sub(1, kRelaxed); }
  std::uint32_t connections() const { return open_.load(kRelaxed); }
  /// Requests that wait for a place, on all reactors.
  void wait_begins() { waiting_.fetch_add(1, kRelaxed); }
  void wait_ends() { waiting_.fetch_sub(1, kRelaxed); }
  std::uint32_t waiting() const { return waiting_.load(kRelaxed); }

  /// Room for one more kept connection, if fewer than `keep` are kept.
  bool take_kept(std::uint32_t keep) { return add_below(kept_, keep); }
  void give_kept() { kept_.fetch_sub(1, kRelaxed); }
  std::uint32_t kept() const { return kept_.load(kRelaxed); }

  // --- keep-alive time ---
  /// The upstream said so.
  void keep_alive_told(Duration time) { told_.store(time.count(), kRelaxed); }
  /// An idle connection was found closed after `idle`.
  void keep_alive_seen(Duration idle, MonoTime now);
  /// How long a kept connection may be expected to live.
  Duration keep_alive(MonoTime now) const;

 private:
  static constexpr auto kRelaxed = std::memory_order_relaxed;
  static bool add_below(std::atomic<std::uint32_t>& count, std::uint32_t limit) {
    std::uint32_t present = count.load(kRelaxed);
    while (present < limit)
      if (count.compare_exchange_weak(present, present + 1, kRelaxed)) return true;
    return false;
  }
  void tell(bool healthy, std::string_view reason) const;

  const std::shared_ptr<SharedUpstream> upstream_;
  const std::string url_;
  const std::shared_ptr<const Watch> watch_;
  // Read for each choice, seldom written: apart from what every request writes.
  alignas(64) std::atomic<bool> healthy_{true};
  std::atomic<Name> name_{Name::Known};
  std::atomic<std::uint32_t> failures_{0};
  std::atomic<std::int64_t> ejected_until_{0};
  std::atomic<std::int64_t> told_{0};
  std::atomic<std::int64_t> seen_{0};
  std::atomic<std::int64_t> seen_at_{0};
  std::atomic<std::uint32_t> waiting_{0};
  alignas(64) std::atomic<std::uint32_t> in_flight_{0};
  std::atomic<std::uint32_t> open_{0};
  std::atomic<std::uint32_t> kept_{0};
};

/// A row of the scrape: reeve_target_healthy{upstream, target} and its companions.
struct TargetStatus {
  std::string upstream;
  std::string target;
  bool healthy = true;  ///< by its active check if it has one, and its name is known
  bool ejected = false;
  std::uint32_t in_flight = 0;
  std::uint32_t connections = 0;
  std::uint32_t kept = 0;
};

class Shared {
 public:
  explicit Shared(Watch watch = {}) : watch_(std::make_shared<const Watch>(std::move(watch))) {}

  /// The target of that identity, made when nobody has it.
  std::shared_ptr<SharedTarget> target(const std::string& upstream, const std::string& url);
  /// The upstream's context for these settings: one for all reactors, since it keeps the sessions to resume.
  std::shared_ptr<rt::TlsClientContext> tls_context(const std::string& upstream,
                                                    const rt::TlsClientSettings& settings,
                                                    rt::Dialer& dialer);
  /// Drops identities that nobody has any more; after a reload.
  void forget_gone();

  /// All targets, sorted by upstream and url. From any thread.
  std::vector<TargetStatus> list(MonoTime now) const;
  /// The same in Prometheus' text format (contract, 9): reeve_target_healthy and its companions.
  std::string metrics_text(MonoTime now) const;

 private:
  std::shared_ptr<SharedUpstream> upstream(const std::string& name);

  const std::shared_ptr<const Watch> watch_;
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::weak_ptr<SharedTarget>> targets_;
  std::map<std::string, std::weak_ptr<SharedUpstream>> upstreams_;
};

}  // namespace reeve::upstream
