// SPDX-License-Identifier: Apache-2.0
// The access log of the process: a ring for each reactor and one thread that empties them into a LogSink. The
// thread starts when the log is first switched on. The reactors pay a system call only to wake a thread that
// has found nothing for a while. Owned by the wiring; all but the AccessLog ends belongs to the control
// thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "telemetry/access_log.h"
#include "telemetry/log_sink.h"

namespace reeve::telemetry {

class RingLog;

class LogWriter {
 public:
  static constexpr std::size_t kRing = 512 * 1024;

  /// `complain` is told, on the log's thread, when lines cannot be written, once for each row of failures.
  explicit LogWriter(std::function<void(const std::string&)> complain, std::size_t ring = kRing);
  /// Stops.
  ~LogWriter();
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  /// A reactor's end, before the first use(); lives as long as the writer. Drops are counted in `shard`.
  AccessLog& add_reactor(Shard& shard);

  /// Lines from now on go there; the old sink is closed when what came before has been written.
  void use(LogSink sink);
  /// Writes what is in the rings, as far as the sink takes it within a second, and ends the thread.
  void stop();

 private:
  friend class RingLog;
  // Awake: the thread looks at the rings again by itself. Lingering: it sleeps for kLinger, so that lines
  // gather; only a ring that fills up wakes it. Idle: it sleeps until somebody writes.
  enum State : std::uint32_t { Awake, Lingering, Idle };

  void run();
  bool drain(int patience_ms);
  /// Does what the control thread asked for; false = end.
  bool attend();
  void sleep(State as, bool forever);
  void wake();
  void ask();
  void lost(std::string_view bytes, RingLog& ring);

  std::function<void(const std::string&)> complain_;
  std::size_t ring_size_;
  std::vector<std::unique_ptr<RingLog>> rings_;
  // Relaxed: a reactor may log one line more or fewer around a change.
  std::atomic<bool> enabled_{false};
  std::atomic<std::uint32_t> state_{Awake};

  // The control thread wants something: looked at like a ring before sleeping.
  std::atomic<bool> attention_{false};

  std::mutex mutex_;
  std::optional<LogSink> pending_;  // under mutex_
  bool stop_ = false;               // under mutex_

  LogSink sink_;          // the thread's
  bool failing_ = false;  // the thread's
  std::thread thread_;
};

}  // namespace reeve::telemetry
