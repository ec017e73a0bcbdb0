// SPDX-License-Identifier: Apache-2.0
// After 101 the connection belongs to the two sides: bytes pass as they are, each direction for itself, until
// both have ended or nothing moves. Looks at nothing.
#include "proxy/message_heads.h"
#include "proxy/relay.h"

namespace reeve::proxy {

namespace {

struct Tunnel {
  rt::Loop& loop;
  Duration idle;
  rt::Deadline total;
  MonoTime moved;  ///< when a byte last moved in either direction
};

enum class End : std::uint8_t { Finished, Broken, Silent };

/// Carries bytes from one side to the other until that side ends.
rt::Task<End> carry(Tunnel& tunnel, rt::Stream& from, rt::Stream& to, std::uint64_t& bytes) {
  for (;;) {
    rt::Buffer buffer;
    const rt::Deadline deadline =
        rt::Deadline::earlier(rt::Deadline::after(tunnel.moved, tunnel.idle), tunnel.total);
    const rt::IoStatus read = co_await from.read(buffer, deadline);
    if (read == rt::IoStatus::TimedOut) {
      const MonoTime now = tunnel.loop.now();
      if (!tunnel.total.passed(now) && tunnel.moved + tunnel.idle > now)
        continue;  // the other direction moves
      co_return End::Silent;
    }
    if (read == rt::IoStatus::Eof) {
      to.shutdown_write();
      co_return End::Finished;
    }
    if (read != rt::IoStatus::Ok) co_return End::Broken;
    tunnel.moved = tunnel.loop.now();
    const std::size_t size = buffer.size();
    const rt::IoStatus written =
        co_await to.write(rt::WriteList(std::move(buffer)), tunnel.moved, tunnel.idle);
    if (written != rt::IoStatus::Ok) co_return End::Broken;
    bytes += size;
    tunnel.moved = tunnel.loop.now();
    if (tunnel.loop.spend()) co_await tunnel.loop.turn();
  }
}

rt::Task<> carry_up(Tunnel& tunnel, rt::Stream& client, rt::Stream& upstream, std::uint64_t& bytes) {
  const End end = co_await carry(tunnel, client, upstream, bytes);
  if (end != End::Finished) upstream.cancel();
}

}  // namespace

rt::Task<Result<void>> tunnel(Request& r, Attempt& attempt, Duration idle, rt::Deadline total) {
  rt::Stream& client = r.exchange.stream;
  rt::Stream& upstream = *attempt.connection->stream;
  r.exchange.close = true;
  r.status = attempt.head.status;
  r.origin = telemetry::Origin::Upstream;
  // From here an ended direction is ordinary: the other one may go on.
  client.when_gone(&r.exchange.cancellation, true);

  rt::WriteList first(write_informational_head(r, attempt.head));
  rt::Buffer early = attempt.connection->reader.take_rest();
  r.bytes_out += early.size();
  first.add(std::move(early));
  r.head_sent = true;
  const rt::IoStatus opened =
      co_await client.write(std::move(first), r.exchange.loop.now(), r.exchange.body_idle);
  if (opened != rt::IoStatus::Ok)
    co_return std::unexpected(exchange::error_of(opened, exchange::Side::Client));

  Tunnel state{r.exchange.loop, idle, total, r.exchange.loop.now()};
  rt::Buffer waiting = r.exchange.reader.take_rest();
  r.bytes_in += waiting.size();
  if (!waiting.empty()) {
    const rt::IoStatus sent = co_await upstream.write(rt::WriteList(std::move(waiting)), state.moved, idle);
    if (sent != rt::IoStatus::Ok)
      co_return std::unexpected(exchange::error_of(sent, exchange::Side::Upstream));
  }
  rt::Scope up;
  up.spawn(carry_up, std::ref(state), std::ref(client), std::ref(upstream), std::ref(r.bytes_in));
  const End end = co_await carry(state, upstream, client, r.bytes_out);
  if (end != End::Finished) client.cancel();
  co_await up.join();
  co_return Result<void>{};
}

}  // namespace reeve::proxy
