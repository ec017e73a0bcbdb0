// SPDX-License-Identifier: Apache-2.0
// The benchmark's own load, for what wrk cannot do: requests at a fixed rate, whatever the answers do, with
// latency counted from the moment a request was due (`rate`); many streams at once, with the delay of each
// chunk by the time stamp that it carries (`streams`); and requests as fast as they are answered (`fast`)
// that differ in path and credential, one line of a file each. One thread, epoll; prints one JSON object.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Nanoseconds = std::int64_t;
constexpr Nanoseconds kTick = 200'000;

Nanoseconds now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<Nanoseconds>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

struct Options {
  enum class Mode { Rate, Streams, Fast } mode = Mode::Rate;
  std::uint16_t port = 0;
  std::string path;
  std::size_t connections = 64;
  double rate = 1000;
  double seconds = 1;
  std::string status = "200";  // what every answer must say
};

/// With one more field line unless that is empty.
std::string request_text(std::string_view path, std::string_view field) {
  std::string text =
      "GET " + std::string(path) + " HTTP/1.1\r\nHost: bench.example\r\nUser-Agent: load\r\nAccept: */*\r\n";
  if (!field.empty()) text.append(field).append("\r\n");
  return text + "\r\n";
}

/// One request a line: the path, and behind a space a field line.
std::vector<std::string> requests_of(const char* file) {
  std::vector<std::string> requests;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) continue;
    requests.push_back(request_text(line.substr(0, space), std::string_view(line).substr(space + 1)));
  }
  if (requests.empty()) {
    std::fprintf(stderr, "load: no request in %s\n", file);
    std::exit(1);
  }
  return requests;
}

struct Connection {
  int fd = -1;
  std::string received;
  Nanoseconds due = 0;  // of the request in flight
};

int open_connection(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror("connect");
    std::exit(1);
  }
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

/// The size of the whole answer once its head is there.
std::optional<std::size_t> answer_size(std::string_view data) {
  const std::size_t end = data.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  constexpr std::string_view name = "\r\ncontent-length:";
  const std::string_view head = data.substr(0, end + 2);
  const auto at = std::search(head.begin(), head.end(), name.begin(), name.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == b;
  });
  if (at == head.end()) return std::nullopt;
  const char* digits = &*at + name.size();
  return end + 4 + std::strtoul(digits, nullptr, 10);
}

class Load {
 public:
  Load(Options options, std::vector<std::string> requests)
      : options_(std::move(options)), requests_(std::move(requests)) {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    connections_.resize(options_.connections);
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      connections_[i].fd = open_connection(options_.port);
      watch(connections_[i].fd, i);
      idle_.push_back(i);
    }
    timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    watch(timer_, kTimer);
    itimerspec spec{};
    spec.it_interval.tv_nsec = spec.it_value.tv_nsec = kTick;
    ::timerfd_settime(timer_, 0, &spec, nullptr);
  }

  void run() {
    start_ = now();
    end_ = start_ + static_cast<Nanoseconds>(options_.seconds * 1e9);
    std::array<epoll_event, 256> events;
    while (now() < end_) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < count; ++i) {
        const std::uint64_t which = events[static_cast<std::size_t>(i)].data.u64;
        if (which == kTimer) {
          std::uint64_t ticks;
          if (::read(timer_, &ticks, sizeof ticks) == sizeof ticks) start_due();
        } else {
          read_from(connections_[which]);
        }
      }
    }
  }

  void report() {
    std::sort(samples_.begin(), samples_.end());
    const double seconds = static_cast<double>(now() - start_) / 1e9;
    std::printf(
        "{\"count\": %zu, \"errors\": %zu, \"seconds\": %.4f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
        "\"behind\": %zu}\n",
        samples_.size(), errors_, seconds, percentile(0.5), percentile(0.99), due_.size());
  }

 private:
  static constexpr std::uint64_t kTimer = ~0ULL;

  void watch(int fd, std::uint64_t which) const {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = which;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  /// Requests that are due and cannot be sent yet wait in order; their latency goes on counting.
  void start_due() {
    if (options_.mode != Options::Mode::Rate) {
      while (!idle_.empty()) send_on(take_idle(), now());
      return;
    }
    const double elapsed = static_cast<double>(now() - start_) / 1e9;
    const auto wanted = static_cast<std::uint64_t>(elapsed * options_.rate);
    for (; started_ < wanted; ++started_)
      due_.push_back(start_ + static_cast<Nanoseconds>(static_cast<double>(started_) / options_.rate * 1e9));
    send_waiting();
  }

  void send_waiting() {
    while (!due_.empty() && !idle_.empty()) {
      const Nanoseconds due = due_.front();
      due_.pop_front();
      send_on(take_idle(), due);
    }
  }

  std::size_t take_idle() {
    const std::size_t index = idle_.front();
    idle_.pop_front();
    return index;
  }

  void send_on(std::size_t index, Nanoseconds due) {
    Connection& connection = connections_[index];
    connection.due = due;
    const std::string& request = requests_[next_request_++ % requests_.size()];
    if (::send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) ++errors_;
  }

  void read_from(Connection& connection) {
    std::array<char, 65536> buffer;
    const ssize_t count = ::recv(connection.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count <= 0) {
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
      ++errors_;
      ::close(connection.fd);
      connection = Connection{open_connection(options_.port), {}};
      watch(connection.fd, static_cast<std::uint64_t>(&connection - connections_.data()));
      idle_.push_back(static_cast<std::size_t>(&connection - connections_.data()));
      return;
    }
    connection.received.append(buffer.data(), static_cast<std::size_t>(count));
    if (options_.mode == Options::Mode::Streams)
      take_chunks(connection);
    else
      take_answer(connection);
  }

  void take_answer(Connection& connection) {
    const auto size = answer_size(connection.received);
    if (!size || connection.received.size() < *size) return;
    if (connection.received.compare(9, 3, options_.status) != 0) ++errors_;
    connection.received.clear();
    samples_.push_back(now() - connection.due);
    finish(connection);
    if (options_.mode == Options::Mode::Fast)
      send_on(take_idle(), now());
    else
      send_waiting();
  }

  /// A chunk is known by its time stamp, however the proxy framed it.
  void take_chunks(Connection& connection) {
    constexpr std::string_view mark = "\"t\":";
    constexpr std::size_t digits = 19;
    std::string_view data = connection.received;
    const bool ended = data.ends_with("\r\n0\r\n\r\n");
    const Nanoseconds arrived = now();
    for (std::size_t at;
         (at = data.find(mark)) != std::string_view::npos && data.size() >= at + mark.size() + digits;) {
      const std::string text(data.substr(at + mark.size(), digits));
      samples_.push_back(arrived - std::strtoll(text.c_str(), nullptr, 10));
      data.remove_prefix(at + mark.size() + digits);
    }
    constexpr std::size_t kept = 64;  // a mark may be cut in two, and so may the end
    if (data.find(mark) == std::string_view::npos && data.size() > kept)
      data.remove_prefix(data.size() - kept);
    connection.received = std::string(data);
    if (ended) {
      connection.received.clear();
      finish(connection);
    }
  }

  void finish(Connection& connection) {
    idle_.push_back(static_cast<std::size_t>(&connection - connections_.data()));
  }

  double percentile(double share) const {
    if (samples_.empty()) return 0;
    const auto at = static_cast<std::size_t>(share * static_cast<double>(samples_.size() - 1));
    return static_cast<double>(samples_[at]) / 1000;
  }

  Options options_;
  std::vector<std::string> requests_;
  std::size_t next_request_ = 0;
  int epoll_;
  int timer_;
  Nanoseconds start_ = 0;
  Nanoseconds end_ = 0;
  std::uint64_t started_ = 0;
  std::size_t errors_ = 0;
  std::vector<Connection> connections_;
  std::deque<std::size_t> idle_;
  std::deque<Nanoseconds> due_;
  std::vector<Nanoseconds> samples_;
};

}  // namespace

int main(int count, char** arguments) {
  const std::string_view mode = count > 1 ? arguments[1] : "";
  if (count < 7 || count > 9 || (mode != "rate" && mode != "streams" && mode != "fast")) {
    std::fputs("usage: load rate|streams|fast PORT PATH CONNECTIONS RATE SECONDS [REQUESTS-FILE [STATUS]]\n",
               stderr);
    return 2;
  }
  Options options;
  options.mode = mode == "streams" ? Options::Mode::Streams
                 : mode == "fast"  ? Options::Mode::Fast
                                   : Options::Mode::Rate;
  options.port = static_cast<std::uint16_t>(std::strtoul(arguments[2], nullptr, 10));
  options.path = arguments[3];
  options.connections = std::strtoul(arguments[4], nullptr, 10);
  options.rate = std::strtod(arguments[5], nullptr);
  options.seconds = std::strtod(arguments[6], nullptr);
  if (count > 8) options.status = arguments[8];
  std::vector<std::string> requests =
      count > 7 ? requests_of(arguments[7]) : std::vector{request_text(options.path, {})};
  Load load(std::move(options), std::move(requests));
  load.run();
  load.report();
}
