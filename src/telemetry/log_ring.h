// SPDX-License-Identifier: Apache-2.0
// Finished log lines on their way from one reactor to the writer thread: a ring of bytes in which each line
// lies in one piece (a bip buffer: what does not fit behind the last line begins at the front again), so that
// the reactor formats in place and copies nothing. One producer, one consumer; never waits; a full ring
// refuses.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace reeve::telemetry {

class LogRing {
 public:
  explicit LogRing(std::size_t size) : bytes_(std::make_unique_for_overwrite<char[]>(size)), size_(size) {}

  // --- the producer's thread ---

  /// `format(begin, room)` writes a line of at most `room` bytes and returns its length, or 0 if that was too
  /// little. It may be called twice. False: there is no room for it.
  template <class Format>
  bool produce(Format&& format) {
    const std::size_t write = write_.load(std::memory_order_relaxed);
    // Acquire: the consumer is done with the bytes before `read`.
    const std::size_t read = read_.load(std::memory_order_acquire);
    if (write >= read) {
      if (const std::size_t n = format(bytes_.get() + write, size_ - write); n != 0)
        return publish(write + n);
      if (read <= 1) return false;
      // One byte stays free: equal positions mean empty.
      if (const std::size_t n = format(bytes_.get(), read - 1); n != 0) {
        end_.store(write, std::memory_order_relaxed);  // ordered by publish()
        return publish(n);
      }
      return false;
    }
    const std::size_t n = format(bytes_.get() + write, read - 1 - write);
    return n != 0 && publish(write + n);
  }
  /// More than a quarter of it waits to be written: time to wake a consumer that lets lines gather, since it
  /// may be some milliseconds until it runs.
  bool crowded() const {
    const std::size_t write = write_.load(std::memory_order_relaxed);
    const std::size_t read = read_.load(std::memory_order_relaxed);
    return (write >= read ? write - read : size_ - read + write) > size_ / 4;
  }

  // --- the consumer's thread ---

  /// What can be taken in one piece; empty = nothing is there.
  std::string_view peek() {
    // Sequentially consistent, like publish(): a consumer that finds nothing after saying that it sleeps, and
    // a producer that sees nobody asleep after publishing, cannot both be right (log_writer.cpp).
    const std::size_t write = write_.load(std::memory_order_seq_cst);
    std::size_t read = read_.load(std::memory_order_relaxed);
    if (write < read) {
      const std::size_t end = end_.load(std::memory_order_relaxed);
      if (read < end) return {bytes_.get() + read, end - read};
      read = 0;
      read_.store(0, std::memory_order_release);
    }
    return {bytes_.get() + read, write - read};
  }
  /// The first n bytes of what peek() gave have been dealt with.
  void consume(std::size_t n) {
    // Release: done with these bytes before the producer may overwrite them.
    read_.store(read_.load(std::memory_order_relaxed) + n, std::memory_order_release);
  }

 private:
  bool publish(std::size_t write) {
    write_.store(write, std::memory_order_seq_cst);
    return true;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
  std::atomic<std::size_t> write_{0};  // the producer's
  std::atomic<std::size_t> end_{0};  // the producer's: where the lines end when `write` is in front of `read`
  alignas(64) std::atomic<std::size_t> read_{0};  // the consumer's
};

}  // namespace reeve::telemetry
