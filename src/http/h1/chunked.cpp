// SPDX-License-Identifier: Apache-2.0
// The chunked coding, byte by byte where the framing is and in one piece where the data is. Nothing that
// another reader could take for a different size passes: no white space, sign or prefix, no bare CR or LF, no
// size beyond 2^63 - 1. Extensions end here: no receiver behind a gateway knows the sender's.
#include "http/h1/chunked.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"
#include "http/h1/scan.h"

namespace reeve::http::h1 {

namespace {

constexpr std::uint8_t kDigitsMax = 16;

}  // namespace

void ChunkedReader::emit(char byte, char*& out) {
  if (output_ == Output::Verbatim) *out++ = byte;
}

void ChunkedReader::fail(std::string_view what) {
  state_ = State::Failed;
  failure_ = what;
}

// The size's digits have ended with a CR. Nothing of a last chunk's line is put out: zeros are held back, and
// with them the line is over.
void ChunkedReader::end_size(char*& out) {
  state_ = State::SizeLf;
  if (left_ != 0) emit('\r', out);
}

void ChunkedReader::size_byte(char byte, char*& out) {
  const int digit = ascii::hex_value(byte);
  if (digit >= 0) {
    if (++digits_ > kDigitsMax || left_ >> 59 != 0) return fail("a chunk size beyond all bounds");
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    if (left_ != 0) emit(byte, out);
    return;
  }
  if (digits_ == 0) return fail("a chunk without size");
  if (byte == '\r') return end_size(out);
  if (byte == ';') {
    state_ = State::Extension;
    return;
  }
  fail(byte == '\n' ? "an LF without CR" : "junk behind a chunk size");
}

void ChunkedReader::extension_byte(char byte, char*& out) {
  if (byte == '\r') return end_size(out);
  if (!is_value_byte(byte))
    return fail(byte == '\n' ? "an LF without CR" : "a control byte in a chunk extension");
  if (++extension_bytes_ > kExtensionMax) fail("chunk extensions beyond all bounds");
}

void ChunkedReader::expect(char byte, char wanted, State next, char*& out) {
  if (byte != wanted) {
    return fail(state_ == State::DataCr ? "a chunk that is longer than its size" : "a CR without LF");
  }
  emit(byte, out);
  state_ = next;
}

ChunkedReader::Fed ChunkedReader::feed(char* bytes, std::size_t size) {
  const char* in = bytes;
  const char* const end = bytes + size;
  char* out = bytes;
  std::uint64_t content = 0;
  while (in != end && state_ != State::Trailers && state_ != State::Failed) {
    if (state_ == State::Data) {
      const auto run =
          static_cast<std::size_t>(std::min<std::uint64_t>(left_, static_cast<std::uint64_t>(end - in)));
      if (out != in) std::memmove(out, in, run);
      out += run;
      in += run;
      left_ -= run;
      content += run;
      if (left_ == 0) state_ = State::DataCr;
      continue;
    }
    const char byte = *in++;
    switch (state_) {
      case State::Size:
        size_byte(byte, out);
        break;
      case State::Extension:
        extension_byte(byte, out);
        break;
      case State::SizeLf:
        if (left_ != 0) {
          expect(byte, '\n', State::Data, out);
        } else if (byte == '\n') {
          state_ = State::Trailers;
        } else {
          fail("a CR without LF");
        }
        digits_ = 0;
        break;
      case State::DataCr:
        expect(byte, '\r', State::DataLf, out);
        break;
      case State::DataLf:
        expect(byte, '\n', State::Size, out);
        break;
      case State::Data:
      case State::Trailers:
      case State::Failed:
        break;
    }
  }
  return {.consumed = static_cast<std::size_t>(in - bytes),
          .kept = static_cast<std::size_t>(out - bytes),
          .content = content};
}

}  // namespace reeve::http::h1
