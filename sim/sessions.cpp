// SPDX-License-Identifier: Apache-2.0
// What each kind of client does with its connection: patient, pipelining, impatient, uploading, rude. Part of
// the scripted clients; what it must receive the checkers know.
#include <fmt/format.h>

#include "sim/bodies.h"
#include "sim/clients.h"
#include "sim/doors.h"

namespace reeve::sim {

namespace {

// What is no request, or one that two readers could read differently. None of it may reach an upstream.
constexpr std::string_view kRude[] = {
    "\x16\x03\x01\x02\x00\x01",
    "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
    "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /plain/x HTTP/1.1\r\n\r\n",
    "GET /plain/x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET /plain/x HTTP/1.1\r\nHost : a\r\n\r\n",
    "GET /plain/x HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
    "GET /plain/x HTTP/1.1\nHost: a\n\n",
    "POST /plain/x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    "GET /plain/smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /plain/x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 0\r\n\r\nabcd"
    "GET /plain/smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /plain/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "POST /plain/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"
    "GET /plain/smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /plain/x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /plain/x HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd",
    "POST /plain/x HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 4\r\n\r\nabcd",
    "GET /plain/%zz HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /plain/../../x HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /nowhere/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "TRACE /plain/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nConnection: close\r\n\r\n",
    "GET /plain/x HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n",
    "GET http://b/plain/x HTTP/1.1\r\nHost: a\r\n\r\n",
};

rt::Task<> send_beside(Peer& peer, std::string bytes, Drip drip) {
  co_await peer.send(std::move(bytes), drip);
}

}  // namespace

rt::Task<> Session::run() {
  switch (kind_) {
    case ClientKind::Pipelining:
      co_return co_await pipeline();
    case ClientKind::Expecting:
      co_return co_await expect();
    case ClientKind::Tunnelling:
      co_return co_await tunnel();
    case ClientKind::Impatient:
      co_return co_await leave_early();
    case ClientKind::Rude:
      co_return co_await be_rude();
    default:
      co_return co_await keep_alive();
  }
}

rt::Task<> Session::keep_alive() {
  const std::uint64_t count = between(prng_, 1, kind_ == ClientKind::Slow ? 2 : 12);
  for (std::uint64_t i = 1; i <= count && owner_.more(); ++i) {
    Asked asked = ask(i == count);
    const bool head_sent = co_await peer_.send(std::move(asked.head), drip_);
    // An answer may be there although the rest could not be sent.
    if (head_sent) co_await peer_.send(std::move(asked.body), drip_);
    const Ended ended = co_await read_answer(asked);
    if (ended == Ended::Broken || !answer_keeps_ || asked.closes) co_return;
    // Idle connections may be closed by Reeve at any time: with nothing going wrong, nobody waits for that.
    if (!owner_.best_ && prng_.chance(1, 3))
      co_await pause(owner_.reactor_, between(prng_, Duration(0), std::chrono::seconds(3)));
  }
}

rt::Task<> Session::pipeline() {
  std::vector<Asked> asked;
  std::string all;
  const std::uint64_t count = between(prng_, 2, 8);
  for (std::uint64_t i = 1; i <= count && owner_.more(); ++i) {
    asked.push_back(ask(i == count));
    all += asked.back().head + asked.back().body;
    // Once one is refused before its body has come, the connection may close under the others.
    const bool early = asked.back().refusal == 413 || (asked.back().guarded && !asked.back().body.empty());
    if (early) asked.back().best = false;
    if (early || asked.back().request->upload > 64 * 1024) break;
  }
  // Who does not read while he sends a pipeline may wait for ever, and it is not the server's fault.
  rt::Scope beside;
  beside.spawn(send_beside, std::ref(peer_), std::move(all), drip_);
  for (Asked& one : asked) {
    const Ended ended = co_await read_answer(one);
    if (ended == Ended::Broken || !answer_keeps_) break;
  }
  peer_.stop_sending();
  co_await beside.join();
}

/// True: the body is wanted, or nobody says. False: there is an answer already, its head has been read.
rt::Task<bool> Session::wait_for_continue() {
  const rt::Deadline deadline =
      peer_.within(between(prng_, std::chrono::milliseconds(100), std::chrono::seconds(5)));
  for (;;) {
    const Peer::Got got = co_await peer_.next(deadline);
    if (got == Peer::Got::TimedOut) co_return true;
    if (got != Peer::Got::Event) co_return false;
    if (peer_.event() != WireReader::Event::Head) continue;
    status_ = peer_.reader().head().status;
    if (status_ == 100) co_return true;
    if (status_ >= 200) {
      head_read_ = true;
      co_return false;
    }
  }
}

rt::Task<> Session::expect() {
  const std::uint64_t count = between(prng_, 1, 4);
  for (std::uint64_t i = 1; i <= count && owner_.more(); ++i) {
    Asked asked = ask(i == count);
    co_await peer_.send(std::move(asked.head), drip_);
    const bool wanted = co_await wait_for_continue();
    if (wanted) co_await peer_.send(std::move(asked.body), drip_);
    const Ended ended = co_await read_answer(asked);
    // Without its body the request is not complete: nothing can follow it here.
    if (ended == Ended::Broken || !answer_keeps_ || asked.closes || !wanted) co_return;
  }
}

rt::Task<> Session::tunnel() {
  Asked asked = ask(true);
  co_await peer_.send(std::move(asked.head), drip_);
  const Ended ended = co_await read_answer(asked);
  if (ended == Ended::Broken || status_ != 101) co_return;
  co_await peer_.send(body_piece(Way::Up, asked.request->id, 0, prng_.below(4000)), drip_);
  if (prng_.chance(1, 2)) peer_.stream().shutdown_write();
  co_await peer_.swallow(between(prng_, Duration(0), std::chrono::seconds(60)));
}

rt::Task<> Session::leave_early() {
  Asked asked = ask(false);
  std::string text = asked.head + asked.body;
  if (prng_.chance(1, 2)) text.resize(prng_.below(text.size() + 1));
  co_await peer_.send(std::move(text), drip_);
  if (prng_.chance(1, 2)) {
    const rt::Deadline until = peer_.within(between(prng_, Duration(0), std::chrono::milliseconds(500)));
    const std::uint64_t enough = prng_.below(4000);
    for (;;) {
      const Peer::Got got = co_await peer_.next(until);
      if (got != Peer::Got::Event || peer_.received() >= enough) break;
    }
  }
  if (prng_.chance(1, 2)) peer_.stream().reset_on_close();
}

rt::Task<> Session::be_rude() {
  const std::string_view text = kRude[prng_.below(std::size(kRude))];
  side_->expects(0, text.starts_with("HEAD") ? "HEAD" : "GET",
                 text.find("HTTP/1.0") == std::string_view::npos ? 1 : 0);
  if (prng_.chance(1, 3)) drip_ = {1 + prng_.below(20), std::chrono::milliseconds(1)};
  co_await peer_.send(std::string(text), drip_);
  co_await peer_.swallow(Peer::kPatience);
}

}  // namespace reeve::sim
