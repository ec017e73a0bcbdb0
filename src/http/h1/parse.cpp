// SPDX-License-Identifier: Apache-2.0
// The three entrances of the HTTP/1.1 parser: bytes are bounded, read in order, then judged as a whole. A
// refusal is made at the earliest byte that shows it, and the same however the bytes were split. First call
// on a head: one pass. Later calls: resume.cpp decides whether the head is worth reading again.
#include "http/h1/parse.h"

#include <algorithm>

#include "http/h1/reading.h"

namespace reeve::http::h1 {

namespace {

void reset(Head& head, std::string_view bytes) {
  head.data = bytes.data();
  head.size = 0;
  head.start_line_end = 0;
  head.minor = 1;
  head.body = BodyKind::None;
  head.keep_alive = true;
  head.content_length = 0;
  head.fields.clear();
}

void reset(RequestHead& head, std::string_view bytes) {
  reset(static_cast<Head&>(head), bytes);
  head.method = Method::Other;
  head.method_text = {};
  head.target = {};
  head.path = {};
  head.query = {};
  head.authority = {};
  head.has_query = false;
  head.expect_continue = false;
  head.upgrade = false;
}

void reset(ResponseHead& head, std::string_view bytes) {
  reset(static_cast<Head&>(head), bytes);
  head.status = 0;
  head.reason = {};
  head.keep_alive_timeout = 0;
}

/// What may be read: a head that does not end within these bytes is too large.
struct Window {
  std::string_view bytes;
  bool full;

  Window(std::string_view all, std::uint32_t max) {
    const std::size_t limit = std::min(max, kPositionMax);
    bytes = all.substr(0, limit);
    full = all.size() >= limit;
  }
};

Parsed conclude(Step step, const Reading& in, const Window& window, Code too_large, std::uint32_t& scanned) {
  switch (step) {
    case Step::Done:
      return {.state = ParseState::Complete};
    case Step::Refused:
      return {.state = ParseState::Refused, .refusal = in.refusal, .context = in.context};
    case Step::Short:
      break;
  }
  if (window.full)
    return {
        .state = ParseState::Refused, .refusal = too_large, .context = "the head is larger than head_max"};
  scanned = pack(in.offset(in.at), in.phase);
  return {.state = ParseState::Incomplete};
}

}  // namespace

Parsed parse_request(std::string_view bytes, const Limits& limits, std::uint32_t& scanned,
                     RequestHead& head) {
  const Window window(bytes, limits.head_max);
  if (scanned != 0 && !window.full && !worth_reading(window.bytes, limits.uri_max, scanned)) return {};
  reset(head, bytes);
  Reading in(window.bytes, Code::RequestMalformed);
  TargetAuthority target;
  FieldsSeen seen;
  Step step = read_request_line(in, limits, head, target);
  if (step == Step::Done) step = read_fields(in, head, seen);
  if (step == Step::Done) {
    head.size = in.offset(in.at);
    step = judge_request(in, seen, target, head);
  }
  return conclude(step, in, window, Code::HeadTooLarge, scanned);
}

Parsed parse_response(std::string_view bytes, const Limits& limits, std::uint32_t& scanned, bool to_head,
                      ResponseHead& head) {
  const Window window(bytes, limits.head_max);
  if (scanned != 0 && !window.full && !worth_reading(window.bytes, 0, scanned)) return {};
  reset(head, bytes);
  Reading in(window.bytes, Code::UpstreamMalformed);
  FieldsSeen seen;
  Step step = read_status_line(in, head);
  if (step == Step::Done) step = read_fields(in, head, seen);
  if (step == Step::Done) {
    head.size = in.offset(in.at);
    step = judge_response(in, seen, to_head, head);
  }
  return conclude(step, in, window, Code::UpstreamMalformed, scanned);
}

Parsed parse_trailers(std::string_view bytes, std::uint32_t max, std::uint32_t& scanned, Head& trailers) {
  const Window window(bytes, max);
  if (scanned == 0) scanned = pack(0, Phase::Name);
  if (!window.full && !worth_reading(window.bytes, 0, scanned)) return {};
  reset(trailers, bytes);
  Reading in(window.bytes, Code::RequestMalformed);
  FieldsSeen seen;
  const Step step = read_fields(in, trailers, seen);
  if (step == Step::Done) trailers.size = in.offset(in.at);
  return conclude(step, in, window, Code::HeadTooLarge, scanned);
}

}  // namespace reeve::http::h1
