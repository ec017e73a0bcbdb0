// SPDX-License-Identifier: Apache-2.0
#include "proxy/attempt.h"

#include "http/field_rules.h"
#include "proxy/message_heads.h"

namespace reeve::proxy {

namespace {

// More interim answers than any server has reason to send.
constexpr unsigned kInformationalMax = 16;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

Error malformed(std::string_view context) {
  return {Code::UpstreamMalformed, Fault::Upstream, {}, context};
}

/// What a failed write of the request means. No error: the upstream may have answered and closed, so the
/// answer, if there is one, is read next.
Result<void> write_failed(Attempt& attempt, rt::IoStatus status, std::uint64_t written) {
  Error error = exchange::error_of(status, exchange::Side::Upstream);
  if (status == rt::IoStatus::Cancelled) return std::unexpected(error);
  attempt.stale = attempt.connection->reused;
  if (written != 0) return {};
  error.sent = Sent::Nothing;
  return std::unexpected(error);
}

rt::Task<Result<void>> write_to_client(Request& r, rt::Buffer bytes) {
  const rt::IoStatus status = co_await r.exchange.stream.write(rt::WriteList(std::move(bytes)),
                                                               r.exchange.loop.now(), r.exchange.body_idle);
  if (status != rt::IoStatus::Ok)
    co_return std::unexpected(exchange::error_of(status, exchange::Side::Client));
  co_return Result<void>{};
}

/// How long the answer may still be waited for: its time begins when the request is complete.
rt::Deadline answer_deadline(const Request& r, const Upload& upload, Duration response, rt::Deadline total) {
  const MonoTime from =
      upload.running() ? r.exchange.loop.now() : std::max(upload.completed_at(), r.upstream_started);
  return rt::Deadline::earlier(rt::Deadline::after(from, response), total);
}

/// An error while waiting for the head, with what it says about the connection and the request.
Error wait_failed(Request& r, const Upload& upload, Attempt& attempt, rt::IoStatus status) {
  if (upload.error()) return *upload.error();
  Error error = exchange::error_of(status, exchange::Side::Upstream);
  const bool nothing_came = !attempt.connection->reader.has_bytes();
  const bool ended =
      status == rt::IoStatus::Eof || status == rt::IoStatus::Reset || status == rt::IoStatus::Truncated;
  attempt.stale = attempt.connection->reused && ended && nothing_came;
  if (ended && nothing_came) error.context = "the upstream closed the connection without an answer";
  error.sent = upload.any_sent() ? Sent::PartOfBody : Sent::HeadOnly;
  if (r.exchange.cancellation.requested())
    return {Code::ClientClosed, Fault::Client, error.sent, "the client left"};
  return error;
}

/// Judges a complete head. True: it is the final one (or an agreed 101).
Result<bool> accept_head(const Request& r, const Upload& upload, const http::ResponseHead& head,
                         unsigned informational) {
  if (head.status >= 200) return true;
  if (head.status == 101) {
    // Before the request has ended the protocol cannot change (RFC 9110 7.8).
    if (!r.websocket || !upload.complete() || !http::upgrade_tokens(head).websocket)
      return std::unexpected(malformed("an unasked 101"));
    return true;
  }
  if (informational >= kInformationalMax) return std::unexpected(malformed("too many interim answers"));
  return false;
}

}  // namespace

rt::Task<Result<void>> send_and_read_head(Request& r, Upload& upload, Attempt& attempt,
                                          const policy::EffectiveTimeouts& timeouts, rt::Deadline total) {
  exchange::H1Reader& reader = attempt.connection->reader;
  rt::Stream& stream = *attempt.connection->stream;
  r.upstream_started = r.exchange.loop.now();
  rt::WriteList body;
  if (!upload.begin(body)) co_return std::unexpected(*upload.error());
  auto write = stream.write(with_head(write_request_head(r, *r.target), std::move(body)), r.upstream_started,
                            timeouts.idle);
  const rt::IoStatus written = co_await write;
  r.reached = r.reached || write.bytes_written() != 0;
  if (written != rt::IoStatus::Ok) {
    const Result<void> judged = write_failed(attempt, written, write.bytes_written());
    if (!judged) co_return judged;
  }
  if (r.exchange.expect_pending && !upload.complete()) {
    // Decided and connected: only now is the body asked for.
    r.exchange.expect_pending = false;
    Result<void> told = co_await write_to_client(r, rt::Buffer::copy_of(kContinue));
    if (!told) co_return told;
  }
  upload.start(stream, timeouts.idle);

  const bool to_head = r.head().method == http::Method::Head;
  http::h1::Limits limits;
  limits.head_max = r.snapshot.server.head_max;
  for (unsigned informational = 0;;) {
    const http::h1::Parsed parsed = reader.parse(limits, to_head, attempt.head, attempt.head_bytes);
    if (parsed.state == http::h1::ParseState::Refused) co_return std::unexpected(malformed(parsed.context));
    if (parsed.state == http::h1::ParseState::Incomplete) {
      // The pump may have found the body at fault when nothing was being read here that it could have
      // cancelled.
      if (upload.error()) co_return std::unexpected(*upload.error());
      const rt::Deadline deadline = answer_deadline(r, upload, timeouts.response, total);
      const rt::IoStatus status = co_await reader.fill(deadline);
      if (status == rt::IoStatus::Ok) continue;
      // While the request is on its way its own deadlines hold, not the answer's.
      const MonoTime now = r.exchange.loop.now();
      if (status == rt::IoStatus::TimedOut && !total.passed(now) &&
          (upload.running() || !answer_deadline(r, upload, timeouts.response, total).passed(now)))
        continue;
      co_return std::unexpected(wait_failed(r, upload, attempt, status));
    }
    Result<bool> final = accept_head(r, upload, attempt.head, informational);
    if (!final) co_return std::unexpected(final.error());
    if (*final) co_return Result<void>{};
    ++informational;
    if (attempt.head.status == 100 || r.head().minor == 0) continue;  // 100 has been said by Reeve itself
    Result<void> told = co_await write_to_client(r, write_informational_head(r, attempt.head));
    if (!told) co_return told;
  }
}

}  // namespace reeve::proxy
