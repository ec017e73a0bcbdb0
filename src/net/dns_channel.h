// SPDX-License-Identifier: Apache-2.0
// One c-ares channel on a reactor: its sockets watched level-triggered, its timeouts on the timer wheel, no
// thread. A channel keeps the name servers it was made with; when they change the resolver makes another and
// this one ends its questions. Owned by DnsResolver.
#pragma once

#include <ares.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "net/reactor.h"
#include "rt/doors.h"
#include "rt/timer_wheel.h"

namespace reeve::net {

class DnsChannel {
 public:
  struct Settings {
    std::vector<IpEndpoint> servers;  ///< empty = those of resolv_conf
    std::string resolv_conf;
    std::uint16_t port;    ///< of servers without one
    Duration try_timeout;  ///< for one server; c-ares waits longer each round
    int tries;
  };
  /// How a question ended. `local`: without asking a server (hosts file, localhost).
  struct Answer {
    rt::IoStatus status = rt::IoStatus::NameFailed;
    std::vector<IpAddress> addresses;
    Duration shortest_ttl{0};
    bool local = false;
  };
  class Asker {
   public:
    virtual void answered(Answer answer) = 0;

   protected:
    ~Asker() = default;
  };

  /// Null if c-ares cannot be set up.
  static std::unique_ptr<DnsChannel> make(Reactor& reactor, const Settings& settings);
  /// Not inside answered(). Questions that are open end with NameFailed.
  ~DnsChannel();
  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;

  /// Asks for IPv4 and IPv6 addresses. `asker` lives until it is answered, which may be at once.
  void ask(const std::string& host, Asker& asker);
  bool idle() const { return open_ == 0; }

 private:
  struct Question;
  struct Timeout : rt::Timer {
    explicit Timeout(DnsChannel& c)
        : rt::Timer([](rt::Timer& timer) { static_cast<Timeout&>(timer).channel.process(-1, 0); }),
          channel(c) {}
    DnsChannel& channel;
  };

  explicit DnsChannel(Reactor& reactor) : reactor_(reactor), timeout_(*this) {}
  static void on_socket(void* self, ares_socket_t socket, int readable, int writable);
  static void on_answer(void* question, int status, int timeouts, ares_addrinfo* found);
  void process(int socket, std::uint32_t events);
  void arm();

  Reactor& reactor_;
  ares_channel channel_ = nullptr;
  Timeout timeout_;
  std::vector<int> watched_;
  std::size_t open_ = 0;
};

}  // namespace reeve::net
