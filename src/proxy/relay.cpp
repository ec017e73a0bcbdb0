// SPDX-License-Identifier: Apache-2.0
#include "proxy/relay.h"

#include "proxy/message_heads.h"

namespace reeve::proxy {

namespace {

/// The framing towards the client, and the reader set up for it.
exchange::OutFraming prepare(const Request& r, Attempt& attempt) {
  const bool old_client = r.head().minor == 0;
  switch (attempt.head.body) {
    case http::BodyKind::None:
      return exchange::OutFraming::None;
    case http::BodyKind::Length:
      return exchange::OutFraming::Length;
    case http::BodyKind::Chunked:
      if (!old_client) return exchange::OutFraming::Chunked;
      attempt.connection->reader.decode_chunks();
      return exchange::OutFraming::UntilClose;
    case http::BodyKind::UntilClose:
      break;
  }
  return old_client ? exchange::OutFraming::UntilClose : exchange::OutFraming::Chunked;
}

/// The answer cannot be completed: the client must not take what it has for the whole.
Error cut(Request& r, exchange::OutFraming framing, Error error) {
  r.exchange.close = true;
  r.body_cut = true;
  // Only where the end of the connection is the end of the body does a reset have to tell the difference.
  if (framing == exchange::OutFraming::UntilClose) r.exchange.stream.reset_on_close();
  if (r.exchange.cancellation.requested())
    return {Code::ClientClosed, Fault::Client, Sent::PartOfBody, "the client left"};
  return error;
}

}  // namespace

rt::Task<Result<void>> relay_answer(Request& r, Attempt& attempt, Duration idle, rt::Deadline total) {
  exchange::H1Reader& reader = attempt.connection->reader;
  rt::Loop& loop = r.exchange.loop;
  const exchange::OutFraming framing = prepare(r, attempt);
  const bool keep = framing != exchange::OutFraming::UntilClose && r.exchange.keeps_alive();
  if (!keep) r.exchange.close = true;
  r.status = attempt.head.status;
  r.origin = telemetry::Origin::Upstream;

  rt::Buffer head = write_response_head(r, attempt.head, framing, keep);
  attempt.head_bytes.clear();
  bool head_waits = true;  // the head goes with the first part, if that is at hand
  for (;;) {
    exchange::Part part;
    exchange::Pull pull = reader.try_read(part);
    if (pull == exchange::Pull::Failed) {
      if (head_waits) co_return std::unexpected(reader.error());
      co_return std::unexpected(cut(r, framing, reader.error()));
    }
    if (pull == exchange::Pull::Wait && !head_waits) {
      Result<exchange::Part> read =
          co_await reader.read(rt::Deadline::earlier(rt::Deadline::after(loop.now(), idle), total));
      if (!read) co_return std::unexpected(cut(r, framing, read.error()));
      part = std::move(*read);
    }
    const bool last = part.last;
    const std::uint64_t content = framing == exchange::OutFraming::None ? 0 : part.content;
    rt::WriteList list;
    exchange::frame(std::move(part), reader.coding(), framing, reader.trailers(), list);
    if (head_waits) list = with_head(std::move(head), std::move(list));
    r.head_sent = true;
    head_waits = false;
    if (list.count != 0) {
      const rt::IoStatus status =
          co_await r.exchange.stream.write(std::move(list), loop.now(), r.exchange.body_idle);
      if (status != rt::IoStatus::Ok)
        co_return std::unexpected(cut(r, framing, exchange::error_of(status, exchange::Side::Client)));
    }
    r.bytes_out += content;
    if (last) co_return Result<void>{};
    if (loop.spend()) co_await loop.turn();
  }
}

}  // namespace reeve::proxy
