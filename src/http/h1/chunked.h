// SPDX-License-Identifier: Apache-2.0
// The chunked coding (RFC 9112 7.1), strict and incremental, working inside the buffer: `Verbatim` leaves the
// framing where it is (only chunk extensions and leading zeros of sizes are cut out) so that it can be
// forwarded in one piece; `Decode` leaves the data alone. Split anywhere, the output is the same. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace reeve::http::h1 {

class ChunkedReader {
 public:
  enum class Output : std::uint8_t { Verbatim, Decode };
  explicit ChunkedReader(Output output = Output::Verbatim) : output_(output) {}

  struct Fed {
    std::size_t consumed = 0;   ///< input bytes used; fewer than given once the body has ended
    std::size_t kept = 0;       ///< output bytes, moved to the front of the given bytes
    std::uint64_t content = 0;  ///< body bytes among them
  };
  /// Output never holds the last chunk (`0`) or trailers: whoever writes the message writes those.
  Fed feed(char* bytes, std::size_t size);

  /// The last chunk's line has been read; trailer fields follow (h1::parse_trailers), at least the empty
  /// line.
  bool at_trailers() const { return state_ == State::Trailers; }
  bool failed() const { return state_ == State::Failed; }
  /// When failed: static text.
  std::string_view failure() const { return failure_; }

  /// Chunk extensions of one message together (rules, 8).
  static constexpr std::uint32_t kExtensionMax = 1024;

 private:
  enum class State : std::uint8_t { Size, Extension, SizeLf, Data, DataCr, DataLf, Trailers, Failed };

  void size_byte(char byte, char*& out);
  void extension_byte(char byte, char*& out);
  void end_size(char*& out);
  void expect(char byte, char wanted, State next, char*& out);
  void emit(char byte, char*& out);
  void fail(std::string_view what);

  Output output_;
  State state_ = State::Size;
  std::uint8_t digits_ = 0;  ///< of the present size, leading zeros too
  std::uint32_t extension_bytes_ = 0;
  std::uint64_t left_ = 0;  ///< data bytes of the present chunk still to come
  std::string_view failure_ = {};
};

}  // namespace reeve::http::h1
