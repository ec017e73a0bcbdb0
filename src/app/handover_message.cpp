// SPDX-License-Identifier: Apache-2.0
#include "app/handover_message.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "json/reader.h"
#include "json/writer.h"

namespace reeve::app {

namespace {

constexpr std::size_t kMost = 253;  // SCM_MAX_FD of the kernel
constexpr std::size_t kNamesMax = 64 * 1024;

std::unexpected<std::string> system_error() {
  return std::unexpected(std::string(errno == EAGAIN ? "no answer came in time" : std::strerror(errno)));
}

}  // namespace

std::expected<void, std::string> send_descriptors(int socket,
                                                  const std::vector<PassedDescriptor>& descriptors) {
  if (descriptors.size() > kMost)
    return std::unexpected("there are too many listeners to pass in one message");
  std::string names;
  std::vector<int> numbers;
  json::Writer json(names);
  json.begin_array();
  for (const PassedDescriptor& one : descriptors) {
    json.string(one.name);
    numbers.push_back(one.fd);
  }
  json.end_array();
  names.push_back('\n');
  const std::size_t bytes = numbers.size() * sizeof(int);
  std::vector<char> room(CMSG_SPACE(bytes));
  iovec part{names.data(), names.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = room.data();
  message.msg_controllen = room.size();
  cmsghdr* rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(bytes);
  std::memcpy(CMSG_DATA(rights), numbers.data(), bytes);
  const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  if (sent < 0) return system_error();
  return send_word(socket, std::string_view(names).substr(static_cast<std::size_t>(sent)));
}

std::expected<std::vector<ReceivedDescriptor>, std::string> receive_descriptors(int socket) {
  std::vector<char> room(CMSG_SPACE(kMost * sizeof(int)));
  std::string names;
  std::vector<net::UniqueFd> received;
  while (!names.ends_with('\n')) {
    std::array<char, 4096> piece;
    iovec part{piece.data(), piece.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room.data();
    message.msg_controllen = room.size();
    const ssize_t n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error();
    if (n == 0) return std::unexpected("the other process has hung up");
    for (cmsghdr* rights = CMSG_FIRSTHDR(&message); rights != nullptr;
         rights = CMSG_NXTHDR(&message, rights)) {
      if (rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS) continue;
      for (std::size_t at = 0; at + sizeof(int) <= rights->cmsg_len - CMSG_LEN(0); at += sizeof(int)) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(rights) + at, sizeof fd);
        received.emplace_back(fd);
      }
    }
    names.append(piece.data(), static_cast<std::size_t>(n));
    if (names.size() > kNamesMax) return std::unexpected("the other process sent too much");
  }
  const auto list = json::parse(names);
  if (!list || list->items().size() != received.size())
    return std::unexpected("the other process did not send what a Reeve sends");
  std::vector<ReceivedDescriptor> all;
  for (std::size_t i = 0; i < received.size(); ++i)
    all.push_back({std::string(list->items()[i].string().value_or("")), std::move(received[i])});
  return all;
}

std::expected<void, std::string> send_word(int socket, std::string_view word) {
  while (!word.empty()) {
    const ssize_t n = ::send(socket, word.data(), word.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error();
    word.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

std::expected<void, std::string> expect_word(int socket, std::string_view word) {
  std::string seen;
  while (seen.size() < word.size()) {
    std::array<char, 64> piece;
    const ssize_t n = ::recv(socket, piece.data(), std::min(piece.size(), word.size() - seen.size()), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error();
    if (n == 0) return std::unexpected("the other process has hung up");
    seen.append(piece.data(), static_cast<std::size_t>(n));
  }
  if (seen != word) return std::unexpected("the other process did not send what a Reeve sends");
  return {};
}

}  // namespace reeve::app
