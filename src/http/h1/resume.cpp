// SPDX-License-Identifier: Apache-2.0
// Looking again at a head that was incomplete: only the new bytes are judged, by the scanners that the parser
// itself uses, to learn whether reading it from its beginning can say more than "incomplete". A head that
// comes byte by byte thus costs two passes, however long it is. Makes no verdict of its own.
#include "http/h1/reading.h"
#include "http/h1/scan.h"

namespace reeve::http::h1 {

namespace {

// Method and leading empty line are bounded, so the target's beginning is found in constant time.
const char* target_begin(std::string_view bytes) {
  const std::size_t space = bytes.find(' ');
  return space == std::string_view::npos ? bytes.data() + bytes.size() : bytes.data() + space + 1;
}

// The end of the line at `p` (a CR): false when what follows cannot be told yet.
bool ends_line(const char* p, const char* end) {
  return end - p >= 2 && p[1] == '\n';
}

}  // namespace

bool worth_reading(std::string_view bytes, std::uint32_t target_max, std::uint32_t& scanned) {
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  auto phase = static_cast<Phase>(scanned >> kPositionBits);
  const std::uint32_t position = scanned & kPositionMax;
  if (position >= bytes.size()) return position > bytes.size();
  const char* p = begin + position;
  const auto nothing_yet = [&](Phase where) {
    scanned = pack(static_cast<std::uint32_t>(p - begin), where);
    return false;
  };

  // Method and version are so short that reading them again is nothing.
  if (phase == Phase::StartLine) return true;
  if (phase == Phase::Target) {
    p = target_end(p, end);
    if (p != end || p - target_begin(bytes) > static_cast<std::ptrdiff_t>(target_max)) return true;
    return nothing_yet(Phase::Target);
  }
  for (;;) {
    if (phase == Phase::Value) {
      p = value_end(p, end);
      if (p == end || (*p == '\r' && end - p < 2)) return nothing_yet(Phase::Value);
      if (*p != '\r' || !ends_line(p, end)) return true;
      p += 2;
    }
    const bool at_line_start = p == begin || p[-1] == '\n';
    const char* const name = p;
    std::uint8_t classes = 0;
    p = token_end(p, end, classes);
    if (p == end || (at_line_start && p == name && *p == '\r' && end - p < 2))
      return nothing_yet(Phase::Name);
    if (*p != ':' || (at_line_start && p == name)) return true;
    ++p;
    phase = Phase::Value;
  }
}

}  // namespace reeve::http::h1
