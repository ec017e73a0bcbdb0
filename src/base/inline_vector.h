// SPDX-License-Identifier: Apache-2.0
// A vector of trivially copyable elements whose first N need no allocation. Its constructor writes nothing but
// the size, so that a large one costs nothing until it is filled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

namespace reeve {

template <class T, std::uint32_t N>
class InlineVector {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  InlineVector() : data_(inline_data()) {}
  ~InlineVector() {
    if (spilled()) std::free(data_);
  }
  InlineVector(const InlineVector&) = delete;
  InlineVector& operator=(const InlineVector&) = delete;

  T& push_back(const T& value) {
    if (size_ == capacity_) grow();
    return *::new (static_cast<void*>(data_ + size_++)) T(value);
  }
  void pop_back() { --size_; }
  void clear() { size_ = 0; }

  std::uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

 private:
  T* inline_data() { return reinterpret_cast<T*>(storage_); }
  bool spilled() const { return capacity_ != N; }
  void grow() {
    const std::uint32_t doubled = capacity_ * 2;
    T* larger = static_cast<T*>(std::malloc(doubled * sizeof(T)));
    if (larger == nullptr) throw std::bad_alloc();
    std::memcpy(static_cast<void*>(larger), data_, size_ * sizeof(T));
    if (spilled()) std::free(data_);
    data_ = larger;
    capacity_ = doubled;
  }

  T* data_;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = N;
  alignas(T) std::byte storage_[N * sizeof(T)];
};

}  // namespace reeve
