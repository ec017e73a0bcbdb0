// SPDX-License-Identifier: Apache-2.0
// What the parts of the HTTP/1.1 parser hand each other while one head is read: where they are, what is
// wrong, which fields were met, and how `scanned` remembers a head that is still incomplete. Internal to h1/.
// Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "http/h1/parse.h"
#include "http/message.h"

namespace reeve::http::h1 {

/// Which part of a head the bytes ran out in; what is before it has been found good.
enum class Phase : std::uint32_t { StartLine, Target, Name, Value };

/// The caller's `scanned`: 30 bits of position, two of phase. 0 = nothing was looked at.
inline constexpr std::uint32_t kPositionBits = 30;
inline constexpr std::uint32_t kPositionMax = (1u << kPositionBits) - 1;
constexpr std::uint32_t pack(std::uint32_t position, Phase phase) {
  return position | (static_cast<std::uint32_t>(phase) << kPositionBits);
}

enum class Step : std::uint8_t { Done, Short, Refused };

struct Reading {
  const char* begin;
  const char* end;
  const char* at;
  Code malformed;
  Code refusal = Code::RequestMalformed;
  Phase phase = Phase::StartLine;
  std::string_view context = {};

  Reading(std::string_view bytes, Code malformed_code)
      : begin(bytes.data()), end(bytes.data() + bytes.size()), at(bytes.data()), malformed(malformed_code) {}

  std::uint32_t offset(const char* p) const { return static_cast<std::uint32_t>(p - begin); }
  Step refuse(std::string_view what) { return refuse(malformed, what); }
  Step refuse(Code code, std::string_view what) {
    refusal = code;
    context = what;
    return Step::Refused;
  }
  Step run_out(const char* p, Phase where) {
    at = p;
    phase = where;
    return Step::Short;
  }
};

/// Which numbered fields a head holds, and which of them more than once.
struct FieldsSeen {
  std::uint64_t once = 0;
  std::uint64_t again = 0;

  static constexpr std::uint64_t bit(FieldId id) { return std::uint64_t{1} << static_cast<unsigned>(id); }
  void add(FieldId id) {
    again |= once & bit(id);
    once |= bit(id);
  }
  bool has(FieldId id) const { return (once & bit(id)) != 0; }
  bool repeated(FieldId id) const { return (again & bit(id)) != 0; }
};
static_assert(static_cast<unsigned>(FieldId::XRewriteUrl) < 64);

/// What the request target says about the authority (RFC 9112 3.2), for the comparison with Host.
struct TargetAuthority {
  std::string_view text = {};  ///< empty unless absolute-form
  bool secure = false;         ///< https
};

/// A request line up to and including its CRLF (RFC 9112 3).
Step read_request_line(Reading& in, const Limits& limits, RequestHead& head, TargetAuthority& target);
/// A status line up to and including its CRLF (RFC 9112 4).
Step read_status_line(Reading& in, ResponseHead& head);
/// Field lines up to and including the empty line (RFC 9112 5).
Step read_fields(Reading& in, Head& head, FieldsSeen& seen);
/// What the fields of a whole head say together: connection, framing, host, expectations.
Step judge_request(Reading& in, const FieldsSeen& seen, const TargetAuthority& target, RequestHead& head);
Step judge_response(Reading& in, const FieldsSeen& seen, bool to_head, ResponseHead& head);

/// Looks only at what came since `scanned`. True when the head may be complete or is to be refused, so that
/// it is worth reading from its beginning; else `scanned` is moved on. Linear over all calls together.
bool worth_reading(std::string_view bytes, std::uint32_t target_max, std::uint32_t& scanned);

}  // namespace reeve::http::h1
