// SPDX-License-Identifier: Apache-2.0
// The upstream that the benchmark's proxies stand before: one thread, level-triggered epoll, answers prepared
// once. /s is 1 KB, /b 16 KB, /sse a stream of 200 chunks, one per 500 us (the second argument), each with
// the monotonic time at which it was sent, so that a client on this machine can tell the delay; /echo gives
// the request's head back. Not a server for anything else: it takes a request to be whatever ends in an empty
// line.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace {

constexpr int kChunksPerStream = 200;
constexpr unsigned kPhases =
    4;  // streams are spread over the period, so that chunks do not come in one burst
constexpr std::string_view kEndOfHead = "\r\n\r\n";

struct Connection {
  int fd;
  std::string request;
  int chunks_left = 0;
};

std::string with_length(std::size_t size) {
  std::string body;
  while (body.size() < size) body += "{\"number\": 1234567, \"text\": \"something to carry\"}, ";
  body.resize(size);
  return "HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Tue, 24 Nov 2026 00:00:00 GMT\r\n"
         "Content-Type: application/json\r\nCache-Control: no-cache\r\nX-Model: bench\r\n"
         "Content-Length: " +
         std::to_string(size) + "\r\n\r\n" + body;
}

const std::string kSmall = with_length(1024);
const std::string kLarge = with_length(16384);
const std::string kStreamHead =
    "HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Tue, 24 Nov 2026 00:00:00 GMT\r\n"
    "Content-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n";

void send_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const ssize_t count = ::send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;  // a full socket buffer: rare here, and worth the wait
      return;
    }
    data.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string_view chunk_now(std::array<char, 256>& out) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto nanoseconds = static_cast<unsigned long long>(now.tv_sec) * 1'000'000'000ULL +
                           static_cast<unsigned long long>(now.tv_nsec);
  std::array<char, 200> text;
  const int size = std::snprintf(
      text.data(), text.size(),
      "data: {\"t\":%019llu,\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hello world\"}}]}\n\n",
      nanoseconds);
  const int total =
      std::snprintf(out.data(), out.size(), "%x\r\n%.*s\r\n", static_cast<unsigned>(size), size, text.data());
  return {out.data(), static_cast<std::size_t>(total)};
}

class Server {
 public:
  Server(std::uint16_t port, long period_us) : tick_ns_(period_us * 1000 / kPhases) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 4096) != 0) {
      std::perror("bench upstream");
      std::exit(1);
    }
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    watch(listener_);
    watch(timer_);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_)
          accept_one();
        else if (fd == timer_)
          send_due_chunks();
        else
          read_from(fd);
      }
    }
  }

 private:
  void watch(int fd) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void accept_one() {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_.emplace(fd, std::make_unique<Connection>(Connection{fd, {}}));
    watch(fd);
  }

  void read_from(int fd) {
    const auto found = connections_.find(fd);
    if (found == connections_.end()) return;
    Connection& connection = *found->second;
    std::array<char, 8192> buffer;
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count <= 0) {
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
      close_connection(fd);
      return;
    }
    connection.request.append(buffer.data(), static_cast<std::size_t>(count));
    for (std::size_t end; (end = connection.request.find(kEndOfHead)) != std::string::npos;) {
      answer(connection, std::string_view(connection.request).substr(0, end + kEndOfHead.size()));
      connection.request.erase(0, end + kEndOfHead.size());
    }
  }

  void answer(Connection& connection, std::string_view head) {
    const std::size_t slash = head.find(" /");
    const std::string_view path =
        slash == std::string_view::npos ? std::string_view{} : head.substr(slash + 1, 5);
    if (path.starts_with("/sse")) {
      send_all(connection.fd, kStreamHead);
      connection.chunks_left = kChunksPerStream;
      phases_[next_phase_++ % kPhases].push_back(connection.fd);
      if (streams_++ == 0) set_timer(tick_ns_);
    } else if (path == "/echo") {
      send_all(connection.fd, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " +
                                  std::to_string(head.size()) + "\r\n\r\n" + std::string(head));
    } else {
      send_all(connection.fd, path.starts_with("/b") ? kLarge : kSmall);
    }
  }

  void send_due_chunks() {
    std::uint64_t ticks = 0;
    if (::read(timer_, &ticks, sizeof ticks) != sizeof ticks) return;
    for (; ticks > 0; --ticks) {
      auto& due = phases_[tick_++ % kPhases];
      for (std::size_t i = 0; i < due.size();) {
        const auto found = connections_.find(due[i]);
        bool ended = found == connections_.end();
        if (!ended && found->second->chunks_left-- > 0) {
          std::array<char, 256> space;
          send_all(due[i], chunk_now(space));
        } else if (!ended) {
          send_all(due[i], "0\r\n\r\n");
          ended = true;
        }
        if (ended) {
          due[i] = due.back();
          due.pop_back();
          --streams_;
        } else {
          ++i;
        }
      }
    }
    if (streams_ == 0) set_timer(0);
  }

  void set_timer(long interval_ns) const {
    itimerspec spec{};
    spec.it_interval.tv_nsec = spec.it_value.tv_nsec = interval_ns;
    ::timerfd_settime(timer_, 0, &spec, nullptr);
  }

  void close_connection(int fd) {
    for (auto& phase : phases_) {
      for (std::size_t i = 0; i < phase.size(); ++i) {
        if (phase[i] != fd) continue;
        phase.erase(phase.begin() + static_cast<std::ptrdiff_t>(i));
        --streams_;
        break;
      }
    }
    connections_.erase(fd);
    ::close(fd);
  }

  int listener_;
  int epoll_;
  int timer_;
  long tick_ns_;
  unsigned tick_ = 0;
  unsigned next_phase_ = 0;
  std::size_t streams_ = 0;
  std::array<std::vector<int>, kPhases> phases_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fputs("usage: upstream PORT [MICROSECONDS-PER-CHUNK]\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  const long period = count > 2 ? std::strtol(arguments[2], nullptr, 10) : 500;
  Server(static_cast<std::uint16_t>(std::strtoul(arguments[1], nullptr, 10)), period).run();
}
