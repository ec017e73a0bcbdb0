// SPDX-License-Identifier: Apache-2.0
// Cancelling what somebody waits for: a request asks, the operation in flight ends with IoStatus::Cancelled, and
// the waiter goes on by itself. Cancelling is asking *and* waiting for that end; nothing is torn down under an
// operation. One thread.
#pragma once

#include <utility>

namespace reeve::rt {

/// Something in flight that can be made to end early. cancel() may be called at any time, also when nothing is in
/// flight; it never resumes the waiter on the spot.
class Cancelable {
 public:
  virtual void cancel() = 0;

 protected:
  ~Cancelable() = default;
};

/// A request's wish to stop. Whoever waits on its behalf attaches what it waits for.
class Cancellation {
 public:
  bool requested() const { return requested_; }
  void request() {
    requested_ = true;
    if (current_ != nullptr) current_->cancel();
  }
  /// Forgets the wish, for the next request of a connection.
  void reset() { requested_ = false; }

  /// While it lives, request() cancels that operation (instead of the one attached before).
  class [[nodiscard]] Attached {
   public:
    Attached(Cancellation& cancellation, Cancelable& operation)
        : cancellation_(cancellation), previous_(std::exchange(cancellation.current_, &operation)) {}
    ~Attached() { cancellation_.current_ = previous_; }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;

   private:
    Cancellation& cancellation_;
    Cancelable* previous_;
  };

 private:
  Cancelable* current_ = nullptr;
  bool requested_ = false;
};

}  // namespace reeve::rt
