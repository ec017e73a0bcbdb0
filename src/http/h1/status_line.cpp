// SPDX-License-Identifier: Apache-2.0
// The status line of an upstream's answer (RFC 9112 4). A server that speaks something else is noticed on its
// first odd byte. The space before an absent reason phrase may be missing: many servers leave it out, and it
// can be read in one way only.
#include <string_view>

#include "base/ascii.h"
#include "http/h1/reading.h"
#include "http/h1/scan.h"

namespace reeve::http::h1 {

namespace {

constexpr std::string_view kShape = "HTTP/1.v sdd";

bool fits(char byte, char shape) {
  switch (shape) {
    case 'v':
      return byte == '0' || byte == '1';
    case 's':
      return byte >= '1' && byte <= '5';  // RFC 9110 15: 100 to 599
    case 'd':
      return ascii::is_digit(byte);
    default:
      return byte == shape;
  }
}

}  // namespace

Step read_status_line(Reading& in, ResponseHead& head) {
  const char* p = in.at;
  for (std::size_t i = 0; i < kShape.size(); ++i, ++p) {
    if (p == in.end) return in.run_out(p, Phase::StartLine);
    if (!fits(*p, kShape[i])) return in.refuse("the answer does not begin with an HTTP/1.x status line");
  }
  const char* const digits = p - 3;
  head.minor = static_cast<std::uint8_t>(in.at[7] - '0');
  head.status =
      static_cast<std::uint16_t>((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
  if (p == in.end) return in.run_out(p, Phase::StartLine);
  if (*p == ' ') {
    const char* const reason = ++p;
    p = value_end(p, in.end);
    if (p == in.end || (*p == '\r' && in.end - p < 2)) return in.run_out(p, Phase::Value);
    head.reason = {reason, p};
  }
  if (*p != '\r') return in.refuse("a byte that a status line cannot hold");
  if (in.end - p < 2) return in.run_out(in.end, Phase::StartLine);
  if (p[1] != '\n') return in.refuse("a CR without LF");
  in.at = p + 2;
  head.start_line_end = in.offset(in.at);
  return Step::Done;
}

}  // namespace reeve::http::h1
