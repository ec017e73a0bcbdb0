// SPDX-License-Identifier: Apache-2.0
// What is known of every request of a run, gathered by clients, taps, handler and log, and the first
// violation of a promise. Checks that one request, one outcome and one log line belong together, and that a
// request is processed once. Keeps no bytes; judges no framing (client_side.h, upstream_side.h).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/limit_check.h"
#include "sim/world.h"
#include "telemetry/access_log.h"

namespace reeve::sim {

/// The promises, by the numbers of docs/simulation.md.
enum class Promise : std::uint8_t {
  OneOutcome = 1,
  NothingMixed,
  Framing,
  NotTwice,
  Bounded,
  OneGeneration,
  NothingLeft,
  SameTrace,
  NoFalseEnd,
  Liveness,
  Access,         ///< who may not, reaches nobody; who may, is not refused
  Limits,         ///< no more are admitted than there may be
  RefusedIsFree,  ///< what was refused has used nothing up, so nobody is refused who had room
};

struct Violation {
  Promise promise;
  std::string text;
};

/// Most bytes that Reeve may hold of one direction of one request: what is remembered for another attempt,
/// what was read last, what is being written.
inline constexpr std::uint64_t kHeldMax = (64 + 3 * 32) * 1024;

struct Tracked {
  std::uint64_t id = 0;
  std::string method;
  int minor = 1;
  std::uint64_t connection = 0;
  std::uint64_t upload = 0;  ///< body bytes that the client means to send
  MonoTime begun{};
  bool websocket = false;
  Guard guard = Guard::Open;
  Holding holding = Holding::Nothing;
  /// As it was judged: the code by which the pure checks had to refuse it, and its number in the check of
  /// limits.
  std::optional<Code> due;
  std::size_t judged = 0;

  std::uint32_t serves = 0;
  std::uint32_t served = 0;
  std::uint32_t records = 0;
  std::uint32_t finals = 0;    ///< final heads towards the client
  std::uint32_t arrivals = 0;  ///< upstream connections on which it has appeared
  int status = 0;              ///< of the last final head
  std::uint64_t generation = 0;

  bool in_service() const { return serves > served; }
  bool idempotent() const { return method != "POST" && method != "PATCH"; }
};

class Ledger {
 public:
  explicit Ledger(World& world) : world_(world) {}

  Tracked& open(std::string method, std::uint64_t connection);
  Tracked* find(std::uint64_t id) { return id == 0 || id > requests_.size() ? nullptr : &requests_[id - 1]; }
  /// By the text that stands in fields; null for what no client has sent.
  Tracked* find(std::string_view text);
  std::uint64_t opened() const { return requests_.size(); }

  // --- told by the control ---
  /// A configuration with the generations that begin under its rules.
  void published(std::uint64_t generation, const Access& access) { access_[generation] = access; }
  LimitCheck& limits() { return limits_; }
  // --- told by the handler's observer ---
  Tracked* serve_begins(std::string_view id, std::uint64_t connection, std::uint64_t generation,
                        const rt::Clock& clock);
  /// `closes`: the connection will carry no other request.
  void serve_ends(Tracked& request, bool closes);
  void refusal_begins() {
    records_before_ = records_;
    refusing_ = true;
  }
  void refusal_ends();
  // --- told by the log ---
  void record(const telemetry::AccessRecord& record);
  // --- told by the taps ---
  void arrives(Tracked& request);

  /// At the end of a run.
  void close();

  void violation(Promise promise, std::string text);
  const std::optional<Violation>& violated() const { return violation_; }
  /// Heads of answers with a status of that class, and of all.
  std::uint64_t answers(int status_class) const { return answers_[static_cast<std::size_t>(status_class)]; }
  void answered(Tracked& request, int status);

 private:
  void judge_access(const Tracked& request, const telemetry::AccessRecord& record);

  World& world_;
  std::map<std::uint64_t, Access> access_;
  LimitCheck limits_;
  std::deque<Tracked> requests_;
  std::array<std::uint64_t, 6> answers_{};
  std::uint64_t records_ = 0;
  std::uint64_t records_before_ = 0;
  bool refusing_ = false;
  std::optional<Violation> violation_;
};

}  // namespace reeve::sim
