// SPDX-License-Identifier: Apache-2.0
#include "sim/clients.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/bodies.h"
#include "sim/configuration.h"
#include "sim/doors.h"

namespace reeve::sim {

namespace {

constexpr Duration kHeldLook = std::chrono::seconds(1);

/// `body` in chunks of odd sizes, now and then with an extension and trailers.
std::string chunked(Prng& prng, std::string_view body) {
  std::string text;
  const std::uint64_t largest =
      std::max<std::uint64_t>(body.size() / 50, std::uint64_t{1} << between(prng, 0, 12));
  while (!body.empty()) {
    const std::size_t size = std::min<std::size_t>(body.size(), largest / 2 + 1 + prng.below(largest));
    text += fmt::format("{:X}{}\r\n{}\r\n", size, prng.chance(1, 10) ? ";a=\"b\"" : "", body.substr(0, size));
    body.remove_prefix(size);
  }
  text += "0\r\n";
  if (prng.chance(1, 4)) text += "X-Sim-Sum: 1\r\n";
  return text + "\r\n";
}

}  // namespace

Clients::Clients(Reactor& reactor, const Swarm& swarm, Ledger& ledger, std::uint64_t requests, Open open)
    : reactor_(reactor),
      swarm_(swarm),
      ledger_(ledger),
      left_(requests),
      open_(std::move(open)),
      prng_(reactor.world().fork()) {}

void Clients::start() {
  for (std::uint32_t i = 0; i < swarm_.client_count; ++i) scope_.spawn(live, std::ref(*this));
}

rt::Task<> Clients::live(Clients& self) {
  co_await pause(self.reactor_, between(self.prng_, Duration(0), std::chrono::milliseconds(200)));
  while (self.left_ != 0) {
    if (self.held_) {
      co_await pause(self.reactor_, kHeldLook);
      continue;
    }
    ++self.sessions_;
    {
      Session session(self, self.open_(), draw<ClientKind>(self.prng_, self.swarm_.clients));
      co_await session.run();
    }
    --self.sessions_;
    co_await pause(self.reactor_, between(self.prng_, Duration(0), self.swarm_.think_max));
  }
}

Session::Session(Clients& owner, Clients::Opened opened, ClientKind kind)
    : owner_(owner),
      prng_(owner.prng_),
      side_(std::move(opened.side)),
      peer_(owner.reactor_, std::move(opened.stream), WireReader::Role::Answer),
      kind_(kind) {
  if (kind != ClientKind::Slow) return;
  drip_ = {between(prng_, 1, 64), between(prng_, Duration(0), std::chrono::milliseconds(400))};
  peer_.read_pause(between(prng_, Duration(0), std::chrono::milliseconds(500)));
}

std::string Session::choose_method() {
  static constexpr std::string_view kMethods[] = {"GET",  "GET",  "GET", "GET",    "GET",  "POST",
                                                  "POST", "POST", "PUT", "DELETE", "HEAD", "PATCH"};
  if (kind_ == ClientKind::Tunnelling) return "GET";
  if (kind_ == ClientKind::Uploading || kind_ == ClientKind::Expecting)
    return prng_.chance(1, 2) ? "POST" : "PUT";
  return std::string(kMethods[prng_.below(std::size(kMethods))]);
}

Session::Asked Session::ask(bool last) {
  if (owner_.left_ != 0) --owner_.left_;
  Asked asked;
  asked.request = &owner_.ledger_.open(choose_method(), side_->connection());
  Tracked& request = *asked.request;
  request.minor = kind_ == ClientKind::Old ? 0 : 1;
  request.websocket = kind_ == ClientKind::Tunnelling;
  const RouteUse& route = request.websocket ? kRoutes[4] : kRoutes[prng_.below(std::size(kRoutes))];
  const bool large = prng_.chance(owner_.swarm_.large_bodies, 1000);
  const std::uint64_t most = large ? 300'000 : owner_.swarm_.body_max;
  const bool patient = kind_ != ClientKind::Slow && kind_ != ClientKind::Impatient;
  asked.best = patient && owner_.best_;

  std::string fields = upload(asked) + credential(asked, route);
  if (request.upload > route.body_max) asked.refusal = 413;
  if (!route.forwards && std::string_view(route.name) == "moved") asked.refusal = 302;
  asked.closes = last && prng_.chance(1, 2);
  std::string options = "x-sim-hop";
  if (asked.closes) options += ", close";
  if (request.minor == 0 && !last) options += ", keep-alive";
  if (request.websocket) {
    options += ", Upgrade";
    fields += "Upgrade: websocket\r\n";
  }
  if (kind_ == ClientKind::Expecting) fields += "Expect: 100-continue\r\n";
  const std::string id = id_text(request.id);
  asked.head = fmt::format(
      "{} /{}/{}?n={} HTTP/1.{}\r\nHost: gateway.sim\r\nX-Request-Id: {}\r\nX-Sim-Id: {}\r\nX-Sim-Unwanted: "
      "1\r\n"
      "X-Forwarded-For: 6.6.6.6\r\nX-Gen-Up: mine\r\nX-Sim-Hop: 1\r\nConnection: {}\r\n{}\r\n",
      request.method, route.name, id, prng_.below(most + 1), request.minor, id, id, options, fields);
  side_->expects(request.id, request.method, request.minor);
  return asked;
}

/// The field of what it holds for a key, where one is looked for.
std::string Session::credential(Asked& asked, const RouteUse& route) {
  asked.guarded = route.guard != Guard::Open;
  asked.request->guard = route.guard;
  if (!asked.guarded) return {};
  static constexpr Holding kHoldings[] = {Holding::Reader,  Holding::Reader,  Holding::Reader,
                                          Holding::Plain,   Holding::Plain,   Holding::Moving,
                                          Holding::Moving,  Holding::Nothing, Holding::Revoked,
                                          Holding::Unknown, Holding::Mistyped};
  asked.request->holding = kHoldings[prng_.below(std::size(kHoldings))];
  if (asked.request->holding == Holding::Nothing) return {};
  static constexpr std::string_view kPlaces[] = {"Authorization: Bearer ", "X-Api-Key: ", "Reeve-Key: "};
  return fmt::format("{}{}\r\n", kPlaces[prng_.below(std::size(kPlaces))], key_text(asked.request->holding));
}

/// The body, and the fields that announce it.
std::string Session::upload(Asked& asked) {
  Tracked& request = *asked.request;
  const std::string& method = request.method;
  if (method != "POST" && method != "PUT" && method != "PATCH") return {};
  const bool large = prng_.chance(owner_.swarm_.large_bodies, 1000);
  request.upload = prng_.below((large ? 300'000 : owner_.swarm_.body_max) + 1);
  asked.body = body_piece(Way::Up, request.id, 0, request.upload);
  if (request.minor == 1 && prng_.chance(1, 3)) {
    asked.body = chunked(prng_, asked.body);
    return "Transfer-Encoding: chunked\r\n";
  }
  return fmt::format("Content-Length: {}\r\n", request.upload);
}

rt::Task<Session::Ended> Session::read_answer(Asked& asked) {
  bool in_head = false;
  for (;;) {
    if (!std::exchange(head_read_, false)) {
      if (!in_head) peer_.reader().answers_to(asked.request->method);
      const Peer::Got got = co_await peer_.next(peer_.within(Peer::kPatience));
      if (got == Peer::Got::TimedOut && !peer_.stream().link().swallowing())
        failed(asked, "is never answered");
      if (got != Peer::Got::Event) {
        if (asked.best) failed(asked, "is cut off although nothing goes wrong any more");
        co_return Ended::Broken;
      }
    }
    switch (peer_.event()) {
      case WireReader::Event::Head: {
        const WireHead& head = peer_.reader().head();
        status_ = head.status;
        answer_keeps_ = head.keeps_alive() && (asked.request->minor == 1 || head.has_option("keep-alive"));
        in_head = true;
        explains_ = head.value("reeve-origin") == "gateway";
        explanation_.clear();
        break;
      }
      case WireReader::Event::Body:
        if (explains_) explanation_ += peer_.reader().body();
        break;
      case WireReader::Event::Tunnel:
        co_return Ended::Whole;
      case WireReader::Event::End:
        if (status_ < 200) {
          in_head = false;
          break;
        }
        ++owner_.whole_;
        judge(asked, status_);
        co_return Ended::Whole;
      case WireReader::Event::Broken:
        co_return Ended::Broken;
      default:
        break;
    }
    if (status_ == 101) co_return Ended::Whole;
  }
}

void Session::judge(const Asked& asked, int status) {
  if (!asked.best) return;
  const bool guarded = asked.guarded && (status == 401 || status == 403 || status == 429);
  const bool fine =
      guarded || (asked.refusal != 0 ? status == asked.refusal : status == 200 || status == 404);
  if (!fine)
    failed(asked,
           fmt::format("is answered {} although nothing goes wrong any more: {}", status, explanation_));
}

void Session::failed(const Asked& asked, std::string_view how) {
  owner_.ledger_.violation(Promise::Liveness, fmt::format("{} r{} on connection {} {}", asked.request->method,
                                                          asked.request->id, side_->connection(), how));
}

}  // namespace reeve::sim
