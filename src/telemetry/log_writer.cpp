// SPDX-License-Identifier: Apache-2.0
// The log's thread, and the dance by which it may sleep: it says so in state_ and then looks at the rings
// once more; a reactor publishes its line and then looks at state_. Both pairs are sequentially consistent,
// so at least one of the two sees the other.
#include "telemetry/log_writer.h"

#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "telemetry/log_line.h"
#include "telemetry/log_ring.h"

namespace reeve::telemetry {

namespace {

// Long enough to gather a batch, short enough that a person who watches the log does not notice.
constexpr timespec kLinger{0, 10'000'000};
constexpr int kPatience = 200;       // milliseconds that a blocked sink may hold up a change of destination
constexpr int kLastPatience = 1000;  // the same when the process ends
constexpr std::size_t kPiece = 64 * 1024;

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, const timespec* timeout) {
  static_assert(sizeof word == sizeof(std::uint32_t));
  ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, timeout, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

}  // namespace

class RingLog final : public AccessLog {
 public:
  RingLog(LogWriter& writer, Shard& shard) : writer_(writer), shard_(shard), ring_(writer.ring_size_) {}

  bool enabled() const override { return writer_.enabled_.load(std::memory_order_relaxed); }

  void write(const AccessRecord& record) override {
    const bool written =
        ring_.produce([&](char* out, std::size_t room) { return write_log_line(record, time_, out, room); });
    if (!written) shard_.log_lines_dropped.add();
    const std::uint32_t state = writer_.state_.load(std::memory_order_seq_cst);
    if (state == LogWriter::Awake) [[likely]]
      return;
    if (state == LogWriter::Idle || !written || ring_.crowded()) writer_.wake();
  }

 private:
  friend class LogWriter;
  LogWriter& writer_;
  Shard& shard_;
  TimeText time_;
  LogRing ring_;
};

LogWriter::LogWriter(std::function<void(const std::string&)> complain, std::size_t ring)
    : complain_(std::move(complain)), ring_size_(ring) {}

LogWriter::~LogWriter() {
  stop();
}

AccessLog& LogWriter::add_reactor(Shard& shard) {
  return *rings_.emplace_back(std::make_unique<RingLog>(*this, shard));
}

void LogWriter::use(LogSink sink) {
  const bool on = !sink.off();
  enabled_.store(on, std::memory_order_relaxed);
  if (!on && !thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    pending_ = std::move(sink);
  }
  ask();
  if (!thread_.joinable()) thread_ = std::thread(&LogWriter::run, this);
}

void LogWriter::stop() {
  enabled_.store(false, std::memory_order_relaxed);
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  ask();
  thread_.join();
}

void LogWriter::ask() {
  attention_.store(true, std::memory_order_seq_cst);
  wake();
}

void LogWriter::wake() {
  if (state_.exchange(Awake, std::memory_order_seq_cst) != Awake) futex_wake(state_);
}

void LogWriter::sleep(State as, bool forever) {
  state_.store(as, std::memory_order_seq_cst);
  bool nothing = !attention_.load(std::memory_order_seq_cst);
  if (forever)
    for (const auto& ring : rings_) nothing = nothing && ring->ring_.peek().empty();
  if (nothing) futex_wait(state_, as, forever ? nullptr : &kLinger);
  state_.store(Awake, std::memory_order_seq_cst);
}

bool LogWriter::attend() {
  if (!attention_.exchange(false, std::memory_order_seq_cst)) return true;
  std::optional<LogSink> next;
  bool stop;
  {
    const std::lock_guard lock(mutex_);
    next.swap(pending_);
    stop = stop_;
  }
  if (next) {
    sink_ = std::move(*next);  // the old one is closed with `next`
    failing_ = false;
  }
  return !stop;
}

void LogWriter::lost(std::string_view bytes, RingLog& ring) {
  ring.shard_.log_lines_lost.add(static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n')));
  if (failing_) return;
  failing_ = true;
  complain_(
      fmt::format("access log lines are lost ({}); make room or repair the destination under access_log",
                  std::strerror(sink_.error())));
}

bool LogWriter::drain(int patience_ms) {
  bool any = false;
  for (const auto& ring : rings_) {
    // Pieces are consumed as they are written: a full ring gets room early.
    for (std::string_view lines; !(lines = ring->ring_.peek().substr(0, kPiece)).empty(); any = true) {
      std::string_view rest = lines;
      const LogSink::Outcome outcome =
          sink_.off() ? LogSink::Outcome::Written : sink_.write(rest, patience_ms);
      if (outcome == LogSink::Outcome::Blocked) {
        ring->ring_.consume(lines.size() - rest.size());
        return any;
      }
      if (outcome == LogSink::Outcome::Failed) {
        lost(rest, *ring);
      } else {
        failing_ = false;
      }
      ring->ring_.consume(lines.size());
    }
  }
  return any;
}

void LogWriter::run() {
  while (attend()) {
    if (drain(kPatience)) {
      sleep(Lingering, false);
    } else {
      sleep(Idle, true);
    }
  }
  drain(kLastPatience);
}

}  // namespace reeve::telemetry
