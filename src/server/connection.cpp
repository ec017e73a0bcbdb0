// SPDX-License-Identifier: Apache-2.0
// The life of a connection. The head's memory is in the frame of serve_request, not of serve: an idle
// connection has none.
#include "server/connection.h"

#include "http/proxy_protocol.h"
#include "server/prefixed_stream.h"

namespace reeve::server {

namespace {

// Lingering close (architecture, 4): an answer that goes out while the client still sends would be lost to
// the reset that unread bytes cause, so we end our direction and read on for a while.
constexpr Duration kLingerTime = std::chrono::seconds(2);
constexpr std::uint64_t kLingerBytes = 1024 * 1024;

}  // namespace

Connection::Connection(Connections& owner, std::unique_ptr<rt::Stream> stream, const PeerFacts& peer)
    : owner_(owner), stream_(std::move(stream)), peer_(peer) {
  append_to(owner_.busy_);
}

Connection::~Connection() {
  unlink();
}

bool Connection::close_waiting() {
  if (closing_) return false;
  closing_ = true;
  stream_->cancel_read();
  return true;
}

void Connection::cut() {
  closing_ = true;
  stream_->reset_on_close();
  cancellation_.request();
  stream_->cancel();
}

rt::Task<> Connection::serve() {
  const bool opened = co_await open();
  if (!opened) co_return;
  reader_.emplace(*stream_, exchange::Side::Client);
  // The first request has the head's time to begin; later ones the idle time.
  Duration patience = owner_.settings_.head_timeout;
  Next next = Next::Request;
  while (next == Next::Request) {
    if (!reader_->has_bytes()) {
      if (closing_ || (owner_.draining_ && !(fresh_ && owner_.waits_for_first_))) break;
      append_to(fresh_ ? owner_.fresh_ : owner_.idle_);
      const rt::IoStatus status = co_await reader_->fill(rt::Deadline::after(owner_.loop_.now(), patience));
      append_to(owner_.busy_);
      if (status != rt::IoStatus::Ok) co_return;
      fresh_ = false;
    } else if (owner_.loop_.spend()) {
      co_await owner_.loop_.turn();
    }
    next = co_await serve_request();
    patience = owner_.settings_.idle;
  }
  if (next == Next::Linger) co_await linger();
}

rt::Task<bool> Connection::open() {
  const Settings& settings = owner_.settings_;
  if (settings.speaks_proxy_protocol && settings.speaks_proxy_protocol(peer_)) {
    const rt::Deadline deadline = rt::Deadline::after(owner_.loop_.now(), settings.head_timeout);
    rt::Buffer bytes;
    for (;;) {
      const rt::IoStatus status = co_await stream_->read(bytes, deadline);
      if (status != rt::IoStatus::Ok) co_return false;
      const http::ProxyHeader header = http::parse_proxy_header(bytes.view());
      if (header.state == http::ProxyHeaderState::Malformed) co_return false;
      if (header.state == http::ProxyHeaderState::Incomplete) continue;
      if (header.source) peer_.proxied_address = header.source->address;
      bytes.remove_prefix(header.consumed);
      if (!bytes.empty()) stream_ = std::make_unique<PrefixedStream>(std::move(stream_), std::move(bytes));
      break;
    }
  }
  if (peer_.secure && settings.secure) stream_ = settings.secure(std::move(stream_), peer_);
  co_return true;
}

rt::Task<Connection::Next> Connection::serve_request() {
  const Settings& settings = owner_.settings_;
  cancellation_.reset();
  Exchange exchange(owner_.loop_, *stream_, *reader_, peer_, cancellation_, owner_.draining_,
                    settings.body_idle);
  exchange.started = owner_.loop_.now();
  const rt::Deadline deadline = rt::Deadline::after(exchange.started, settings.head_timeout);
  for (;;) {
    const http::h1::Parsed parsed = reader_->parse(settings.limits, exchange.head, exchange.head_bytes);
    if (parsed.state == http::h1::ParseState::Complete) break;
    if (parsed.state == http::h1::ParseState::Refused) {
      co_return co_await refuse(exchange, {parsed.refusal, Fault::Client, Sent::Nothing, parsed.context});
    }
    const rt::IoStatus status = co_await reader_->fill(deadline);
    if (status == rt::IoStatus::TimedOut) {
      co_return co_await refuse(exchange, exchange::error_of(status, exchange::Side::Client));
    }
    if (status != rt::IoStatus::Ok) co_return Next::Close;
  }
  exchange.expect_pending = exchange.head.expect_continue && !reader_->body_done() && !reader_->has_bytes();
  stream_->when_gone(&cancellation_, settings.allow_half_close);
  co_await owner_.handler_.serve(exchange);
  stream_->when_gone(nullptr, false);
  if (cancellation_.requested()) co_return Next::Close;
  co_return co_await leave_body(exchange);
}

rt::Task<Connection::Next> Connection::refuse(Exchange& exchange, Error error) {
  rt::Buffer answer = owner_.handler_.refuse(error, exchange);
  if (answer.empty()) co_return Next::Close;
  const rt::IoStatus status = co_await stream_->write(rt::WriteList(std::move(answer)), owner_.loop_.now(),
                                                      owner_.settings_.body_idle);
  co_return status == rt::IoStatus::Ok ? Next::Linger : Next::Close;
}

rt::Task<Connection::Next> Connection::leave_body(Exchange& exchange) {
  if (reader_->body_done()) {
    if (exchange.keeps_alive()) co_return Next::Request;
    co_return reader_->has_bytes() ? Next::Linger : Next::Close;
  }
  if (!exchange.keeps_alive()) co_return Next::Linger;
  const rt::Deadline deadline = rt::Deadline::after(owner_.loop_.now(), kLingerTime);
  while (!reader_->body_done()) {
    const Result<exchange::Part> part = co_await reader_->read(deadline);
    if (!part) co_return Next::Linger;
  }
  co_return Next::Request;
}

rt::Task<> Connection::linger() {
  stream_->shutdown_write();
  const rt::Deadline deadline = rt::Deadline::after(owner_.loop_.now(), kLingerTime);
  std::uint64_t read = 0;
  while (read < kLingerBytes) {
    rt::Buffer thrown_away;
    const rt::IoStatus status = co_await stream_->read(thrown_away, deadline);
    if (status != rt::IoStatus::Ok) co_return;
    read += thrown_away.size();
    if (owner_.loop_.spend()) co_await owner_.loop_.turn();
  }
}

}  // namespace reeve::server
