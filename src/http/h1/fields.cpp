// SPDX-License-Identifier: Apache-2.0
// Field lines (RFC 9112 5): name, colon, value, CRLF, and nothing that two readers could take differently: no
// white space before the colon, no folded lines, no control bytes, no bare CR or LF. What the fields mean
// together is judged in framing.cpp. The innermost loop of the data plane.
#include "http/field_name.h"
#include "http/h1/reading.h"
#include "http/h1/scan.h"

namespace reeve::http::h1 {

namespace {

Step refuse_name(Reading& in, bool at_line_start, char byte) {
  switch (byte) {
    case ' ':
    case '\t':
      return in.refuse(at_line_start ? "a folded field line" : "white space before the colon of a field");
    case '\n':
      return in.refuse("an LF without CR");
    case '\r':
      return in.refuse("a field line without colon");
    case '\0':
      return in.refuse("a NUL byte");
    default:
      return in.refuse(at_line_start && byte == ':' ? "a field without name"
                                                    : "a byte that a field name cannot hold");
  }
}

Step refuse_value(Reading& in, char byte) {
  switch (byte) {
    case '\n':
      return in.refuse("an LF without CR");
    case '\r':
      return in.refuse("a CR without LF");
    case '\0':
      return in.refuse("a NUL byte");
    default:
      return in.refuse("a control byte in a field value");
  }
}

bool is_white(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

Step read_fields(Reading& in, Head& head, FieldsSeen& seen) {
  const char* p = in.at;
  const char* const end = in.end;
  for (;;) {
    const char* const line = p;
    std::uint8_t classes = 0;
    p = token_end(p, end, classes);
    if (p == end) return in.run_out(p, Phase::Name);
    if (*p != ':' || p == line) [[unlikely]] {
      if (p != line || *p != '\r') return refuse_name(in, p == line, *p);
      if (end - p < 2) return in.run_out(p, Phase::Name);
      if (p[1] != '\n') return in.refuse("a CR without LF");
      in.at = p + 2;
      return Step::Done;
    }
    const auto name_length = static_cast<std::uint32_t>(p - line);
    ++p;
    while (p != end && is_white(*p)) ++p;
    const char* const value = p;
    p = value_end(p, end);
    if (p == end || (*p == '\r' && end - p < 2)) return in.run_out(p, Phase::Value);
    if (*p != '\r' || p[1] != '\n') [[unlikely]]
      return refuse_value(in, *p);
    const char* value_stop = p;
    while (value_stop != value && is_white(value_stop[-1])) --value_stop;
    p += 2;

    const FieldId id = field_id({line, name_length});
    seen.add(id);
    head.fields.push_back({.begin = in.offset(line),
                           .end = in.offset(p),
                           .name_length = name_length,
                           .value_begin = in.offset(value),
                           .value_length = static_cast<std::uint32_t>(value_stop - value),
                           .id = id,
                           .underscore = (classes & kNameUnderscore) != 0,
                           .hop_by_hop = is_hop_by_hop(id)});
  }
}

}  // namespace reeve::http::h1
