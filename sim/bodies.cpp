// SPDX-License-Identifier: Apache-2.0
#include "sim/bodies.h"

#include <charconv>

namespace reeve::sim {

namespace {

constexpr std::size_t kBlock = 16;

void write_block(Way way, std::uint64_t request, std::uint64_t number, char* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out[0] = way == Way::Up ? 'u' : 'd';
  for (int i = 7; i > 0; --i, request >>= 4) out[i] = kDigits[request & 15];
  out[8] = '.';
  for (int i = 14; i > 8; --i, number >>= 4) out[i] = kDigits[number & 15];
  out[15] = '\n';
}

/// Calls `each(begin, text)` for the pieces of blocks that cover the range.
template <class Each>
bool walk(Way way, std::uint64_t request, std::uint64_t offset, std::size_t size, Each&& each) {
  char block[kBlock];
  for (std::size_t done = 0; done < size;) {
    const std::uint64_t at = offset + done;
    write_block(way, request, at / kBlock, block);
    const std::size_t inside = at % kBlock;
    const std::size_t n = std::min(kBlock - inside, size - done);
    if (!each(done, std::string_view(block + inside, n))) return false;
    done += n;
  }
  return true;
}

}  // namespace

std::string body_piece(Way way, std::uint64_t request, std::uint64_t offset, std::size_t size) {
  std::string text;
  text.reserve(size);
  walk(way, request, offset, size, [&](std::size_t, std::string_view piece) {
    text += piece;
    return true;
  });
  return text;
}

bool is_body_piece(Way way, std::uint64_t request, std::uint64_t offset, std::string_view bytes) {
  return walk(way, request, offset, bytes.size(), [&](std::size_t begin, std::string_view piece) {
    return bytes.substr(begin, piece.size()) == piece;
  });
}

std::string id_text(std::uint64_t request) {
  return "r" + std::to_string(request);
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc{} || end.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> id_of(std::string_view text) {
  if (!text.starts_with('r')) return std::nullopt;
  return number_of(text.substr(1));
}

}  // namespace reeve::sim
