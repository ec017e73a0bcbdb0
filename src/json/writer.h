// SPDX-License-Identifier: Apache-2.0
// The only writer of JSON: problem documents, access log lines, admin answers, the CLI's output. Appends to a
// std::string or into memory of a fixed size, never allocates by itself, and always yields valid JSON text:
// what is no UTF-8 is replaced, control characters are escaped (DEL and C1 too, so that a terminal shows no
// tricks). It puts the commas; that keys stand in objects only is its caller's business.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace reeve::json {

/// Room that a caller provides. What does not fit is dropped and told by overflowed().
class FixedBuffer {
 public:
  FixedBuffer(char* begin, std::size_t room) : begin_(begin), out_(begin), end_(begin + room) {}
  void append(const char* data, std::size_t size) {
    if (static_cast<std::size_t>(end_ - out_) < size) {
      overflowed_ = true;
      return;
    }
    if (size != 0) std::memcpy(out_, data, size);
    out_ += size;
  }
  void push_back(char c) { append(&c, 1); }
  std::string_view written() const { return {begin_, static_cast<std::size_t>(out_ - begin_)}; }
  bool overflowed() const { return overflowed_; }

 private:
  char* begin_;
  char* out_;
  char* end_;
  bool overflowed_ = false;
};

/// The text with its escapes, without the quotes. Out is std::string or FixedBuffer.
template <class Out>
void escape(Out& out, std::string_view text);

/// `{"a":1,"b":[true,null]}`: nesting up to 64 levels.
template <class Out>
class BasicWriter {
 public:
  explicit BasicWriter(Out& out) : out_(out) {}

  BasicWriter& begin_object() { return open('{'); }
  BasicWriter& end_object() { return close('}'); }
  BasicWriter& begin_array() { return open('['); }
  BasicWriter& end_array() { return close(']'); }
  BasicWriter& key(std::string_view name);

  BasicWriter& string(std::string_view text);
  BasicWriter& number(std::uint64_t value);
  BasicWriter& number(std::int64_t value);
  /// `digits` after the point; not finite becomes null.
  BasicWriter& number(double value, int digits);
  BasicWriter& boolean(bool value);
  BasicWriter& null();
  /// JSON text that somebody else vouches for.
  BasicWriter& raw(std::string_view json);

  /// Key and value at once.
  BasicWriter& field(std::string_view name, std::string_view text) { return key(name).string(text); }
  BasicWriter& field(std::string_view name, const char* text) { return key(name).string(text); }
  BasicWriter& field(std::string_view name, std::uint64_t value) { return key(name).number(value); }
  BasicWriter& field(std::string_view name, bool value) { return key(name).boolean(value); }

 private:
  void before_value();
  BasicWriter& open(char bracket);
  BasicWriter& close(char bracket);
  void append(std::string_view text) { out_.append(text.data(), text.size()); }

  Out& out_;
  std::uint64_t filled_ = 0;  ///< one bit a level: something stands there already
  unsigned depth_ = 0;
  bool after_key_ = false;
};

using Writer = BasicWriter<std::string>;
using FixedWriter = BasicWriter<FixedBuffer>;

}  // namespace reeve::json
