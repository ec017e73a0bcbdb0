// SPDX-License-Identifier: Apache-2.0
#include "app/http_call.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "http/h1/parse.h"
#include "net/unique_fd.h"

namespace reeve::app {

namespace {

// A reload may have to wait for others and for slow reactors.
constexpr timeval kPatience{60, 0};
constexpr std::size_t kAnswerMax = 64 * 1024 * 1024;

struct Place {
  std::string unix_path;
  std::string host;
  std::string port;
  std::string authority;
};

std::expected<Place, std::string> parse(std::string_view address) {
  constexpr std::string_view kUnix = "unix:";
  constexpr std::string_view kHttp = "http://";
  const std::string whole(address);
  if (address.starts_with("https://"))
    return std::unexpected(fmt::format("{}: the admin address speaks plain HTTP; use http://", whole));
  if (address.starts_with(kHttp)) address.remove_prefix(kHttp.size());
  if (address.starts_with(kUnix))
    return Place{std::string(address.substr(kUnix.size())), {}, {}, "localhost"};
  address = address.substr(0, address.find('/'));
  const std::size_t colon = address.rfind(':');
  const bool port_there =
      colon != std::string_view::npos && address.find(']', colon) == std::string_view::npos;
  Place place;
  place.authority = std::string(address);
  std::string_view host = address.substr(0, port_there ? colon : address.size());
  place.port = port_there ? std::string(address.substr(colon + 1)) : "80";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  place.host = std::string(host);
  if (place.host.empty() || place.port.empty())
    return std::unexpected(fmt::format("'{}' is no address; write http://host:port", whole));
  return place;
}

bool set_patience(int fd) {
  return ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience) == 0 &&
         ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience) == 0;
}

std::expected<net::UniqueFd, std::string> connect_unix(const Place& place) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (place.unix_path.size() >= sizeof address.sun_path) return std::unexpected(std::strerror(ENAMETOOLONG));
  place.unix_path.copy(address.sun_path, place.unix_path.size());
  net::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd || ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return std::unexpected(std::strerror(errno));
  return fd;
}

std::expected<net::UniqueFd, std::string> connect_tcp(const Place& place) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int error = ::getaddrinfo(place.host.c_str(), place.port.c_str(), &hints, &list); error != 0)
    return std::unexpected(::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  int error = 0;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    net::UniqueFd fd(::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol));
    if (fd && set_patience(fd.get()) && ::connect(fd.get(), one->ai_addr, one->ai_addrlen) == 0) return fd;
    error = errno;
  }
  return std::unexpected(std::strerror(error));
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

/// Everything until the peer closes, as `Connection: close` asks it to.
std::expected<std::string, std::string> read_all(int fd) {
  std::string bytes;
  std::array<char, 16 * 1024> piece;
  for (;;) {
    const ssize_t n = ::recv(fd, piece.data(), piece.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return std::unexpected(errno == EAGAIN ? "no answer came in time" : std::strerror(errno));
    if (n == 0) return bytes;
    bytes.append(piece.data(), static_cast<std::size_t>(n));
    if (bytes.size() > kAnswerMax) return std::unexpected("the answer is too large");
  }
}

}  // namespace

std::expected<HttpAnswer, std::string> call(const HttpCall& call) {
  const auto place = parse(call.address);
  if (!place) return std::unexpected(place.error());
  const auto fd = place->unix_path.empty() ? connect_tcp(*place) : connect_unix(*place);
  if (!fd) return std::unexpected(fmt::format("{}: {}", call.address, fd.error()));
  set_patience(fd->get());
  std::string request =
      fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n", call.method,
                  call.path, place->authority, call.body.size());
  if (!call.token.empty()) request += fmt::format("Authorization: Bearer {}\r\n", call.token);
  if (!call.body.empty()) request += "Content-Type: application/json\r\n";
  request += "\r\n" + call.body;
  if (!send_all(fd->get(), request))
    return std::unexpected(fmt::format("{}: {}", call.address, std::strerror(errno)));
  const auto bytes = read_all(fd->get());
  if (!bytes) return std::unexpected(fmt::format("{}: {}", call.address, bytes.error()));
  http::ResponseHead head;
  std::uint32_t scanned = 0;
  const http::h1::Parsed parsed = http::h1::parse_response(*bytes, {}, scanned, false, head);
  if (parsed.state != http::h1::ParseState::Complete || head.body == http::BodyKind::Chunked)
    return std::unexpected(fmt::format("{}: the answer is not that of a gateway's admin API", call.address));
  HttpAnswer answer{head.status, bytes->substr(head.size)};
  if (head.body == http::BodyKind::Length && answer.body.size() != head.content_length)
    return std::unexpected(fmt::format("{}: the answer was cut off", call.address));
  return answer;
}

}  // namespace reeve::app
