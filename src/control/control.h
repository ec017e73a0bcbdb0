// SPDX-License-Identifier: Apache-2.0
// The control plane: one strand on the control reactor that loads configurations, gets everything ready that
// they need, publishes them to the reactors and lets the old go (rules, 1 and 2). Made by app's wiring with
// the doors that it needs; the admin API and signals call it. Forwards nothing itself.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/load.h"
#include "control/parts.h"
#include "control/turns.h"
#include "rt/loop.h"

namespace reeve::control {

/// What became of a reload: the answer of `reeve reload` and POST /v1/reload.
struct ReloadResult {
  bool ok = false;
  bool changed = false;
  std::string configuration;  ///< hash of the configuration that is served now
  std::vector<config::Finding> findings;
  std::vector<std::string> files;  ///< SourcePos::file of the findings
  std::string loses = "[]";        ///< JSON: rows of who loses access by it (contract, 6)
  std::string digest;              ///< of these; empty = nobody does
  bool gated = false;              ///< refused because of them
  std::string obstacle;            ///< not empty: why nothing could be tried (file unreadable, draining)
};

/// A finding as a line for operators.
void say_finding(Messages& messages, const config::Finding& finding, const std::vector<std::string>& files);

class Control {
 public:
  struct Doors {
    /// Reads and compiles the file that the gateway was started with.
    std::function<config::LoadResult()> load;
    DataPlane& plane;
    std::vector<Part*> parts;  ///< prepared and committed in this order
    Messages& messages;
    Supervisor& supervisor;
    /// A configuration is served from now on, the first one too: time to tell clients where (run.json), and
    /// to keep what it was made from.
    std::function<void(const policy::Snapshot&, config::Sources)> served;
  };
  Control(rt::Loop& loop, Doors doors);

  /// The first configuration, whose parts are prepared here too. `ok` false: nothing serves, see findings.
  rt::Task<ReloadResult> start(config::LoadResult first);
  /// Loads again. Later calls wait for earlier ones; a refused one leaves everything as it was.
  /// `accept_lost`: the digest of losses that are accepted.
  rt::Task<ReloadResult> reload(std::string accept_lost = {});
  /// From now on /readyz fails and reloads are refused. Returns when a reload under way has ended.
  rt::Task<> begin_drain();

  /// Keeps reloads away while a hand-over is under way.
  Turns& turns() { return turns_; }

  bool ready() const { return state_ == State::Serving; }
  bool last_reload_ok() const { return last_reload_ok_; }
  WallTime last_loaded() const { return last_loaded_; }
  const std::shared_ptr<const policy::Snapshot>& current() const { return current_; }

 private:
  enum class State : std::uint8_t { Starting, Serving, Draining };

  rt::Task<ReloadResult> reload_in_turn(const std::string& accept_lost);
  /// Whether the change may go live: who would lose access by it, and whether that is accepted.
  bool pass_gate(const config::LoadResult& next, const std::string& accept_lost, ReloadResult& result);
  rt::Task<bool> take_over(std::shared_ptr<const policy::Snapshot> next, config::Sources sources,
                           ReloadResult& result);
  bool prepare(const policy::Snapshot& next, ReloadResult& result);
  void report(const ReloadResult& result);

  rt::Loop& loop_;
  Doors doors_;
  Turns turns_;
  State state_ = State::Starting;
  bool last_reload_ok_ = true;
  WallTime last_loaded_{};
  std::shared_ptr<const policy::Snapshot> current_;
};

}  // namespace reeve::control
