// SPDX-License-Identifier: Apache-2.0
// The published pointer: each reactor holds the generation that it serves with a count of its own (not atomic),
// and gives it back when the last request that began under it has ended. So a request sees exactly one
// generation, and reading it costs no atomic operation. A new one arrives by mailbox.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace reeve::rt {

template <class T>
class Pinned;

/// A request's hold on its generation. Stays on its reactor.
template <class T>
class Pin {
 public:
  Pin() = default;
  Pin(const Pin& other) : generation_(other.generation_) {
    if (generation_ != nullptr) ++generation_->pins;
  }
  Pin(Pin&& other) noexcept : generation_(std::exchange(other.generation_, nullptr)) {}
  Pin& operator=(Pin other) noexcept {
    std::swap(generation_, other.generation_);
    return *this;
  }
  ~Pin() {
    if (generation_ != nullptr && --generation_->pins == 0) generation_->end();
  }
  const T& operator*() const { return *generation_->value; }
  const T* operator->() const { return generation_->value.get(); }
  explicit operator bool() const { return generation_ != nullptr; }

 private:
  friend class Pinned<T>;
  struct Generation {
    std::shared_ptr<const T> value;
    std::function<void(std::shared_ptr<const T>)> retire;
    std::uint32_t pins = 0;
    void end() {
      if (retire) retire(std::move(value));
      delete this;
    }
  };
  explicit Pin(Generation* generation) : generation_(generation) { ++generation->pins; }
  Generation* generation_ = nullptr;
};

/// A reactor's present generation.
template <class T>
class Pinned {
 public:
  /// `retire` is given each old generation on this thread, to destroy it elsewhere.
  explicit Pinned(std::function<void(std::shared_ptr<const T>)> retire = {}) : retire_(std::move(retire)) {}

  void publish(std::shared_ptr<const T> next) {
    current_ = Pin<T>(new typename Pin<T>::Generation{std::move(next), retire_, 0});
  }
  const Pin<T>& pin() const { return current_; }

 private:
  std::function<void(std::shared_ptr<const T>)> retire_;
  Pin<T> current_;
};

}  // namespace reeve::rt
