// SPDX-License-Identifier: Apache-2.0
// Blocking work (files, stores, costly cryptography) away from the reactors: a few threads, started when
// first needed, with one bounded queue. OffloadPool is shared by the process; ReactorOffload is the door that
// one reactor gives to its code, and where that code goes on. Work cannot be cancelled once it runs.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "rt/doors.h"

namespace reeve::net {

class OffloadPool {
 public:
  OffloadPool(std::size_t threads, std::size_t queue_max) : thread_max_(threads), queue_max_(queue_max) {}
  /// Runs what is queued, then joins. The mailboxes that work reports to outlive it.
  ~OffloadPool();
  OffloadPool(const OffloadPool&) = delete;
  OffloadPool& operator=(const OffloadPool&) = delete;

  /// From any thread. False: the queue is full, or no thread could be started.
  bool submit(std::move_only_function<void()> work);
  std::size_t queued() const;

 private:
  void work();

  const std::size_t thread_max_;
  const std::size_t queue_max_;
  mutable std::mutex mutex_;
  std::condition_variable has_work_;
  // All below under mutex_.
  std::deque<std::move_only_function<void()>> queue_;
  std::vector<std::thread> threads_;
  std::size_t waiting_ = 0;
  bool ending_ = false;
};

class ReactorOffload final : public rt::Offload {
 public:
  ReactorOffload(OffloadPool& pool, rt::Mailbox& home) : pool_(pool), home_(home) {}
  rt::Task<rt::IoStatus> run(std::move_only_function<void()> work) override;

 private:
  OffloadPool& pool_;
  rt::Mailbox& home_;
};

}  // namespace reeve::net
