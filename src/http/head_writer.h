// SPDX-License-Identifier: Apache-2.0
// The only writer of field lines (contract, 8): it refuses CR, LF and NUL in names and values, so that
// nothing a client or a configuration says can begin a line of its own. Writes into memory that the caller
// provides and says when that is too small. Pure.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/ascii.h"

namespace reeve::http {

/// A field name that stands in the source: judged when that is compiled, and never again.
class LiteralName {
 public:
  template <std::size_t N>
  consteval LiteralName(const char (&text)[N]) : text_(text, N - 1) {  // NOLINT: every literal is one
    if (!ascii::is_token(text_)) this_is_no_field_name();
  }
  std::string_view text() const { return text_; }

 private:
  static void this_is_no_field_name();  // not constexpr: the compiler stops here, and says the name

  std::string_view text_;
};
/// Names that are known only when they are written.
template <class Text>
concept RuntimeName = std::same_as<Text, std::string_view> || std::same_as<Text, std::string>;

class HeadWriter {
 public:
  HeadWriter(char* out, std::size_t room) : begin_(out), out_(out), end_(out + room) {}

  /// Bytes that a parser has already judged: start lines' parts, runs of field lines.
  void raw(std::string_view judged) {
    if (static_cast<std::size_t>(end_ - out_) < judged.size()) {
      overflowed_ = true;
      return;
    }
    std::memcpy(out_, judged.data(), judged.size());
    out_ += judged.size();
  }
  void number(std::uint64_t decimal);
  /// `HTTP/1.1 <status> <reason>` with the IANA reason phrase.
  void status_line(std::uint16_t status);
  /// `name: value`; false (nothing written, refused() set) if a byte is not allowed there.
  template <RuntimeName Name>
  bool field(const Name& name, std::string_view value) {
    return judged_field(name, value, ascii::is_token(name));
  }
  bool field(LiteralName name, std::string_view value) { return judged_field(name.text(), value, true); }
  void field(LiteralName name, std::uint64_t decimal);
  /// The empty line.
  void end() { raw("\r\n"); }

  std::size_t size() const { return static_cast<std::size_t>(out_ - begin_); }
  std::string_view written() const { return {begin_, size()}; }
  /// The room did not suffice: what is written is not whole and must not be sent.
  bool overflowed() const { return overflowed_; }
  /// A field was left out because its bytes are not allowed.
  bool refused() const { return refused_; }

 private:
  bool judged_field(std::string_view name, std::string_view value, bool is_name);

  char* begin_;
  char* out_;
  char* end_;
  bool overflowed_ = false;
  bool refused_ = false;
};

/// The IANA reason phrase, or "Unknown".
std::string_view reason_phrase(std::uint16_t status);

}  // namespace reeve::http
