// SPDX-License-Identifier: Apache-2.0
// What the fields of a whole head say together (RFC 9112 6 and 9, RFC 9110 7): where the body ends, whether
// the connection goes on, which lines are for this hop alone, whose host it is. Where two readers could find
// different ends or hosts, the message is refused.
#include "base/ascii.h"
#include "http/authority.h"
#include "http/field_name.h"
#include "http/h1/reading.h"

namespace reeve::http::h1 {

namespace {

struct ConnectionOptions {
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
};

// Fields that say where a message ends or goes to. RFC 9110 7.6.1 forbids to name such fields in Connection; a
// proxy that obeyed would strip what the next reader relies on, one that did not would disagree. Any other field
// that is named is dropped as it asks (rules, 8); what Reeve writes itself it writes anyway.
constexpr bool is_for_all_recipients(FieldId id) { return id == FieldId::ContentLength || id == FieldId::Host; }

// Each option is compared with every line: the bound keeps a crafted head from costing their product.
constexpr unsigned kNominatedMax = 64;

void mark_named(Head& head, std::string_view name) {
  for (FieldLine& line : head.fields)
    if (line.name_length == name.size() && ascii::iequals(head.name(line), name)) line.hop_by_hop = true;
}

Step read_connection(Reading& in, Head& head, ConnectionOptions& options) {
  unsigned nominated = 0;
  for (const FieldLine& line : head.fields) {
    if (line.id != FieldId::Connection) continue;
    const bool fine = ascii::for_each_element(head.value(line), [&](std::string_view option) {
      if (option.empty()) return true;
      if (ascii::iequals(option, "keep-alive")) {
        options.keep_alive = true;
      } else if (ascii::iequals(option, "close")) {
        options.close = true;
      } else if (ascii::iequals(option, "upgrade")) {
        options.upgrade = true;
      } else {
        if (!ascii::is_token(option) || is_for_all_recipients(field_id(option)) ||
            ++nominated > kNominatedMax)
          return false;
        mark_named(head, option);
      }
      return true;
    });
    if (!fine) return in.refuse("Connection names what it may not name");
  }
  return Step::Done;
}

Step read_content_length(Reading& in, Head& head, const FieldsSeen& seen) {
  if (seen.repeated(FieldId::ContentLength)) return in.refuse("more than one Content-Length");
  const std::string_view text = head.value(*head.find(FieldId::ContentLength));
  constexpr std::size_t kDigitsMax = 19;  // of 2^63 - 1
  if (text.empty() || text.size() > kDigitsMax) return in.refuse("Content-Length is not a length");
  std::uint64_t length = 0;
  for (const char digit : text) {
    if (!ascii::is_digit(digit)) return in.refuse("Content-Length is not a length");
    length = length * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  if (length >> 63 != 0) return in.refuse("Content-Length is not a length");
  head.content_length = length;
  return Step::Done;
}

// RFC 9112 6.1; gzip and the like as transfer codings are refused too: nobody sends them, and a reader that
// does not know one cannot find the end.
Step check_transfer_encoding(Reading& in, const Head& head, const FieldsSeen& seen) {
  if (head.minor == 0) return in.refuse("Transfer-Encoding in HTTP/1.0");
  if (seen.has(FieldId::ContentLength)) return in.refuse("Content-Length beside Transfer-Encoding");
  if (seen.repeated(FieldId::TransferEncoding) ||
      !ascii::iequals(head.value(*head.find(FieldId::TransferEncoding)), "chunked"))
    return in.refuse("Transfer-Encoding is not just chunked");
  return Step::Done;
}

/// Connection and framing, as far as requests and answers have them in common.
Step read_common(Reading& in, Head& head, const FieldsSeen& seen, ConnectionOptions& options) {
  if (seen.has(FieldId::Connection))
    if (read_connection(in, head, options) != Step::Done) return Step::Refused;
  head.keep_alive = !options.close && (head.minor == 1 || options.keep_alive);
  if (seen.has(FieldId::TransferEncoding)) {
    if (check_transfer_encoding(in, head, seen) != Step::Done) return Step::Refused;
    head.body = BodyKind::Chunked;
  } else if (seen.has(FieldId::ContentLength)) {
    if (read_content_length(in, head, seen) != Step::Done) return Step::Refused;
    head.body = BodyKind::Length;
  }
  return Step::Done;
}

Step judge_host(Reading& in, const FieldsSeen& seen, const TargetAuthority& target, RequestHead& head) {
  if (!seen.has(FieldId::Host)) {
    if (head.minor == 1) return in.refuse("no Host field");
    head.authority = target.text;
    return Step::Done;
  }
  if (seen.repeated(FieldId::Host)) return in.refuse("more than one Host field");
  head.authority = head.value(*head.find(FieldId::Host));
  const auto host = parse_authority(head.authority);
  if (!host) return in.refuse("the Host field is not a host");
  if (!target.text.empty() && !same_authority(*host, *parse_authority(target.text), target.secure ? 443 : 80))
    return in.refuse("the request target and Host disagree");
  return Step::Done;
}

// RFC 9110 10.1.1. Anything but one plain 100-continue is refused: readers that pass over a variant wait for
// the body at another moment than those that see it.
Step judge_expect(Reading& in, const FieldsSeen& seen, RequestHead& head) {
  if (seen.repeated(FieldId::Expect) ||
      !ascii::iequals(head.value(*head.find(FieldId::Expect)), "100-continue"))
    return in.refuse("an expectation other than 100-continue");
  head.expect_continue = head.minor == 1;
  return Step::Done;
}

std::uint32_t keep_alive_timeout(const ResponseHead& head) {
  std::uint32_t seconds = 0;
  for (const FieldLine& line : head.fields) {
    if (line.id != FieldId::KeepAlive) continue;
    ascii::for_each_element(head.value(line), [&](std::string_view parameter) {
      constexpr std::string_view kTimeout = "timeout=";
      if (!ascii::iequals(parameter.substr(0, kTimeout.size()), kTimeout)) return true;
      seconds = ascii::parse_decimal<std::uint32_t>(parameter.substr(kTimeout.size())).value_or(0);
      return false;
    });
  }
  return seconds;
}

}  // namespace

Step judge_request(Reading& in, const FieldsSeen& seen, const TargetAuthority& target, RequestHead& head) {
  ConnectionOptions options;
  if (judge_host(in, seen, target, head) != Step::Done) return Step::Refused;
  if (read_common(in, head, seen, options) != Step::Done) return Step::Refused;
  if (seen.has(FieldId::Expect) && judge_expect(in, seen, head) != Step::Done) return Step::Refused;
  head.upgrade = head.minor == 1 && options.upgrade && seen.has(FieldId::Upgrade);
  return Step::Done;
}

Step judge_response(Reading& in, const FieldsSeen& seen, bool to_head, ResponseHead& head) {
  ConnectionOptions options;
  if (read_common(in, head, seen, options) != Step::Done) return Step::Refused;
  if (seen.has(FieldId::KeepAlive)) head.keep_alive_timeout = keep_alive_timeout(head);
  const bool never_a_body = head.status < 200 || head.status == 204;
  if (never_a_body) {
    // RFC 9110 8.6, RFC 9112 6.1: neither field may stand here. The answer itself is clear, so it is used,
    // but the connection of whoever sent it is not trusted to be in step, and the length is not passed on.
    if (head.body == BodyKind::Chunked || head.content_length != 0) head.keep_alive = false;
    for (FieldLine& line : head.fields)
      if (line.id == FieldId::ContentLength) line.hop_by_hop = true;
    head.body = BodyKind::None;
  } else if (to_head || head.status == 304) {
    head.body = BodyKind::None;
  } else if (head.body == BodyKind::None) {
    head.body = BodyKind::UntilClose;
    head.keep_alive = false;
  }
  return Step::Done;
}

}  // namespace reeve::http::h1
