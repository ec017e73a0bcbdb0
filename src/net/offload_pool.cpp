// SPDX-License-Identifier: Apache-2.0
#include "net/offload_pool.h"

#include <coroutine>
#include <system_error>
#include <utility>

namespace reeve::net {

OffloadPool::~OffloadPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  has_work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool OffloadPool::submit(std::move_only_function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= queue_max_) return false;
    if (queue_.size() >= waiting_ && threads_.size() < thread_max_) {
      try {
        threads_.emplace_back([this] { this->work(); });
      } catch (const std::system_error&) {
        if (threads_.empty()) return false;
      }
    }
    queue_.push_back(std::move(work));
  }
  has_work_.notify_one();
  return true;
}

std::size_t OffloadPool::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void OffloadPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++waiting_;
    has_work_.wait(lock, [this] { return !queue_.empty() || ending_; });
    --waiting_;
    if (queue_.empty()) return;
    std::move_only_function<void()> next = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    next();
    next = nullptr;  // what it captured ends here, not under the lock
    lock.lock();
  }
}

rt::Task<rt::IoStatus> ReactorOffload::run(std::move_only_function<void()> work) {
  struct Submit {
    OffloadPool& pool;
    rt::Mailbox& home;
    std::move_only_function<void()>& work;
    rt::IoStatus status = rt::IoStatus::Ok;

    bool await_ready() const { return false; }
    bool await_suspend(std::coroutine_handle<> waiting) {
      // The coroutine may go on, and end, before submit() has returned: nothing of it is touched after
      // success.
      const bool accepted = pool.submit([task = std::move(work), &mailbox = home, waiting]() mutable {
        task();
        task = nullptr;
        mailbox.post([waiting] { waiting.resume(); });
      });
      if (!accepted) status = rt::IoStatus::Exhausted;
      return accepted;
    }
    rt::IoStatus await_resume() const { return status; }
  };
  co_return co_await Submit{pool_, home_, work};
}

}  // namespace reeve::net
