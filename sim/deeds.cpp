// SPDX-License-Identifier: Apache-2.0
// The bytes of good answers and bad ones, and the deeds that end in the middle of something. Part of the
// scripted upstreams; which deed a request meets the swarm decides.
#include <fmt/format.h>

#include <algorithm>

#include "sim/bodies.h"
#include "sim/doors.h"
#include "sim/upstreams.h"

namespace reeve::sim {

namespace {

constexpr std::string_view kMalformed[] = {
    "SSH-2.0-OpenSSH_9.2p1\r\n",
    "HTTP/2 200 OK\r\n\r\n",
    "HTTP/1.1 20 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX-A: b\r\n folded\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX-A: \x01\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n",
    "\r\n\r\n\r\n",
};

constexpr std::string_view kContradictory[] = {
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "Content-Length: -1\r\n\r\n",
    "Content-Length: 99999999999999999999\r\n\r\nhello",
    "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
    "Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
};

template <std::size_t N>
std::string_view one_of(Prng& prng, const std::string_view (&texts)[N]) {
  return texts[prng.below(N)];
}

}  // namespace

std::string Deeds::head(int status, Framing framing, std::uint64_t length) {
  std::string text = fmt::format(
      "HTTP/1.1 {} Told\r\nX-Sim-Id: {}\r\nX-Sim-Gen: {}\r\nX-Sim-Length: {}\r\nx-gen-a: theirs\r\n"
      "Connection: x-sim-hop\r\nX-Sim-Hop: 1\r\n",
      status, request_.value("x-sim-id"), request_.value("x-gen-up"), length);
  if (prng_.chance(1, 5)) text += "Keep-Alive: timeout=30\r\n";
  if (prng_.chance(1, 5)) text += "X-Request-Id: somebody-elses\r\nReeve-Origin: forged\r\n";
  if (framing == Framing::Length) text += fmt::format("Content-Length: {}\r\n", length);
  if (framing == Framing::Chunked) text += "Transfer-Encoding: chunked\r\n";
  return text + "\r\n";
}

std::string Deeds::chunk(std::uint64_t offset, std::uint64_t size) {
  const std::string_view extension = prng_.chance(1, 10) ? ";name=value" : "";
  return fmt::format("{:x}{}\r\n{}\r\n", size, extension, body_piece(Way::Down, id_, offset, size));
}

std::string Deeds::content(Framing framing, std::uint64_t length, std::uint64_t announced) {
  if (framing != Framing::Chunked) return body_piece(Way::Down, id_, 0, length);
  std::string text;
  // Odd sizes, but not so many chunks that their framing outweighs what they carry in large bodies.
  const std::uint64_t largest =
      std::max<std::uint64_t>(length / 50, std::uint64_t{1} << between(prng_, 0, 12));
  for (std::uint64_t done = 0; done < length;) {
    const std::uint64_t size = std::min(length - done, largest / 2 + 1 + prng_.below(largest));
    text += chunk(done, size);
    done += size;
  }
  if (length != announced) return text;
  text += prng_.chance(1, 8) ? "000\r\n" : "0\r\n";
  if (prng_.chance(1, 5)) text += "X-Sim-Sum: 1\r\nContent-Length: 7\r\n";
  return text + "\r\n";
}

std::string Deeds::interim() {
  std::string text;
  const std::uint64_t count = between(prng_, 1, 4);
  for (std::uint64_t i = 0; i < count; ++i)
    text += prng_.chance(1, 3) ? "HTTP/1.1 100 Continue\r\n\r\n"
                               : "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  return text;
}

rt::Task<Deeds::Next> Deeds::break_off(Deed deed) {
  Framing framing = deed == Deed::ShortChunked ? Framing::Chunked : Framing::Length;
  const bool reset = deed == Deed::ResetBody;
  // An answer that lasts until the end of the connection can be cut only by a reset.
  if (reset) framing = static_cast<Framing>(prng_.below(3));
  const std::uint64_t announced = wanted_ + 1 + prng_.below(64);
  const std::uint64_t sent = prng_.below(announced);
  std::string text = head(200, framing, announced);
  if (request_.method != "HEAD") text += content(framing, sent, announced);
  const bool all = co_await send(std::move(text));
  if (request_.method == "HEAD") told_all();
  if (reset && all)
    co_await pause(owner_.reactor_, between(prng_, Duration(0), owner_.swarm_.server_pause_max));
  if (reset) peer_.stream().reset_on_close();
  co_return Next::Close;
}

rt::Task<Deeds::Next> Deeds::misbehave(Deed deed) {
  std::string text;
  switch (deed) {
    case Deed::Malformed:
      text = one_of(prng_, kMalformed);
      break;
    case Deed::Contradictory: {
      text = head(200, Framing::UntilClose, 5);
      text.resize(text.size() - 2);
      text += one_of(prng_, kContradictory);
      break;
    }
    case Deed::UnaskedSwitch: {
      text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
      break;
    }
    case Deed::InterimFlood:
      for (int i = 0; i < 40; ++i) text += "HTTP/1.1 103 Early Hints\r\n\r\n";
      text += head(200, Framing::Length, 0);
      break;
    default:  // Surplus: in one piece, so that Reeve can know of it before it uses the connection again
      wanted_ = prng_.below(200);
      text = head(200, Framing::Length, wanted_) +
             (request_.method == "HEAD" ? "" : content(Framing::Length, wanted_, wanted_));
      text += peer_.stream().link().whole() ? "HTTP/1.1 200 OK\r\nX-Sim-Id: r0\r\nContent-Length: 0\r\n\r\n"
                                            : "surplus";
      break;
  }
  if (deed != Deed::Surplus) co_await send(std::move(text));
  if (deed == Deed::Surplus) {
    // In pieces, the end of the answer may be seen before what follows it.
    if (!peer_.stream().link().whole()) told_all();
    co_await peer_.send(std::move(text));
  }
  // Whoever goes on with this connection sees more of the same.
  if (prng_.chance(1, 2)) co_await peer_.swallow(std::chrono::seconds(5));
  co_return Next::Close;
}

}  // namespace reeve::sim
