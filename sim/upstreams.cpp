// SPDX-License-Identifier: Apache-2.0
#include "sim/upstreams.h"

#include <fmt/format.h>

#include "sim/bodies.h"
#include "sim/configuration.h"
#include "sim/doors.h"

namespace reeve::sim {

Upstreams::Upstreams(Reactor& reactor, Network& network, const Swarm& swarm, FindSide find_side)
    : reactor_(reactor), swarm_(swarm), find_side_(std::move(find_side)), prng_(reactor.world().fork()) {
  for (unsigned upstream = 0; upstream < kUpstreams; ++upstream) {
    for (unsigned target = 1; target <= kTargets; ++target) {
      listen(fmt::format("10.100.{}.{}:80", upstream, target), network);
      listen(fmt::format("10.200.{}.{}:80", upstream, target), network);
    }
  }
}

void Upstreams::listen(const std::string& address, Network& network) {
  network.listen(address, [this](std::unique_ptr<SimStream> stream) {
    scope_.spawn(serve, std::ref(*this), std::move(stream));
  });
}

rt::Task<> Upstreams::serve(Upstreams& self, std::unique_ptr<SimStream> stream) {
  Deeds deeds(self, std::move(stream));
  co_await deeds.serve();
}

Deeds::Deeds(Upstreams& owner, std::unique_ptr<SimStream> stream)
    : owner_(owner),
      prng_(owner.prng_),
      peer_(owner.reactor_, std::move(stream), WireReader::Role::Request) {}

rt::Task<> Deeds::serve() {
  for (;;) {
    const bool got = co_await read_head();
    if (!got) co_return;
    Deed deed = draw<Deed>(prng_, owner_.swarm_.deeds);
    if (request_.target == "/healthz") deed = Deed::Length;
    owner_.reactor_.world().trace("deed", id_, static_cast<std::uint64_t>(deed));
    const Next next = co_await deal(deed);
    if (next == Next::Close) co_return;
  }
}

rt::Task<bool> Deeds::read_head() {
  const Duration most = owner_.swarm_.server_idle_max;
  // With nothing going wrong a server waits: however small the chance of an early end, some seed meets it.
  const rt::Deadline idle = peer_.within(owner_.swarm_.calmed ? most : between(prng_, Duration(0), most));
  const Peer::Got got = co_await peer_.next(idle);
  if (got != Peer::Got::Event || peer_.event() != WireReader::Event::Head) co_return false;
  request_ = peer_.reader().head();
  body_read_ = false;
  id_ = id_of(request_.value("x-sim-id")).value_or(0);
  const std::size_t query = request_.target.find("?n=");
  wanted_ = query == std::string::npos ? 0 : number_of(request_.target.substr(query + 3)).value_or(0);
  co_return true;
}

rt::Task<bool> Deeds::read_body() {
  while (!body_read_) {
    const Peer::Got got = co_await peer_.next(peer_.within(Peer::kPatience));
    if (got != Peer::Got::Event || peer_.event() == WireReader::Event::Broken) co_return false;
    body_read_ = peer_.event() == WireReader::Event::End;
  }
  co_return true;
}

rt::Task<Deeds::Next> Deeds::deal(Deed deed) {
  const bool upgrade = request_.find("upgrade") != nullptr;
  if (upgrade && deed == Deed::UnaskedSwitch) deed = Deed::CloseAtOnce;
  // Its head would be a whole and good answer.
  if (request_.method == "HEAD" && deed == Deed::Contradictory) deed = Deed::Malformed;
  switch (deed) {
    case Deed::Early:
      break;
    case Deed::Silence:
      co_await peer_.swallow(Peer::kPatience);
      co_return Next::Close;
    case Deed::ResetHead:
      peer_.stream().reset_on_close();
      co_return Next::Close;
    default:
      const bool whole = co_await read_body();
      if (!whole) co_return Next::Close;
  }
  if (prng_.chance(1, 4))
    co_await pause(owner_.reactor_, between(prng_, Duration(0), owner_.swarm_.server_pause_max));
  if (upgrade && deed < Deed::Early && prng_.chance(4, 5)) co_return co_await tunnel();
  switch (deed) {
    case Deed::CloseAtOnce:
      co_return Next::Close;
    case Deed::Short:
    case Deed::ShortChunked:
    case Deed::ResetBody:
      co_return co_await break_off(deed);
    case Deed::Surplus:
    case Deed::Malformed:
    case Deed::Contradictory:
    case Deed::UnaskedSwitch:
    case Deed::InterimFlood:
      co_return co_await misbehave(deed);
    default:
      co_return co_await answer(deed);
  }
}

rt::Task<bool> Deeds::send(std::string text) {
  Drip drip;
  if (prng_.chance(1, 4)) {
    drip.piece = std::size_t{1} << between(prng_, 3, 13);
    if (prng_.chance(1, 2)) drip.pause = between(prng_, Duration(0), owner_.swarm_.server_pause_max);
  }
  co_return co_await peer_.send(std::move(text), drip);
}

rt::Task<Deeds::Next> Deeds::answer(Deed deed) {
  Framing framing = Framing::Length;
  if (deed == Deed::Chunked) framing = Framing::Chunked;
  if (deed == Deed::UntilClose) framing = Framing::UntilClose;
  if (deed == Deed::Interim || deed == Deed::Early || deed == Deed::CloseLater)
    framing = prng_.chance(1, 2) ? Framing::Chunked : Framing::Length;
  int status = prng_.chance(1, 10) ? 404 : 200;
  if (request_.target == "/healthz" && owner_.swarm_.calmed) status = 200;  // 404 would be a sick target
  if (deed == Deed::Unavailable) status = static_cast<int>(502 + prng_.below(3));
  if (deed == Deed::NoContent) status = prng_.chance(1, 2) ? 204 : 304;
  std::string text = deed == Deed::Interim ? interim() : std::string();
  if (deed == Deed::NoContent) {
    text += head(status, Framing::UntilClose, wanted_);
    framing = Framing::Length;
  } else {
    text += head(status, framing, wanted_);
    if (request_.method != "HEAD") text += content(framing, wanted_, wanted_);
  }
  const bool sent = co_await send(std::move(text));
  if (!sent) co_return Next::Close;
  told_all();
  if (deed == Deed::CloseLater) {
    co_await pause(owner_.reactor_, between(prng_, Duration(0), std::chrono::milliseconds(300)));
    co_return Next::Close;
  }
  if (deed == Deed::Early) {
    if (prng_.chance(1, 2)) co_return Next::Close;
    const bool whole = co_await read_body();
    if (!whole) co_return Next::Close;
  }
  co_return after_answer(framing);
}

void Deeds::told_all() {
  if (UpstreamSide* side = owner_.find_side_(peer_.stream().link().id())) side->answered();
}

Deeds::Next Deeds::after_answer(Framing framing) {
  const bool close = (framing == Framing::UntilClose && request_.method != "HEAD") || !request_.keeps_alive();
  return close ? Next::Close : Next::Request;
}

rt::Task<Deeds::Next> Deeds::tunnel() {
  const bool told =
      co_await send(fmt::format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                                "Upgrade\r\nX-Sim-Id: {}\r\nX-Sim-Length: 0\r\n\r\n",
                                request_.value("x-sim-id")));
  if (UpstreamSide* side = owner_.find_side_(peer_.stream().link().id())) side->switched();
  if (told) {
    const bool sent = co_await send(body_piece(Way::Down, id_, 0, wanted_));
    if (sent) co_await peer_.swallow(Peer::kPatience);
  }
  co_return Next::Close;
}

}  // namespace reeve::sim
