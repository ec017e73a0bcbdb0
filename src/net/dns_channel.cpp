// SPDX-License-Identifier: Apache-2.0
#include "net/dns_channel.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <optional>

namespace reeve::net {

namespace {

bool library_ready() {
  static std::once_flag once;
  static int status = ARES_ENOTINITIALIZED;
  std::call_once(once, [] { status = ares_library_init(ARES_LIB_INIT_ALL); });
  return status == ARES_SUCCESS;
}

std::optional<IpAddress> address_of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in*>(address)->sin_addr, bytes.size());
    return IpAddress::v4(bytes);
  }
  if (address->sa_family == AF_INET6) {
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr, bytes.size());
    return IpAddress::v6(bytes);
  }
  return std::nullopt;
}

bool use_servers(ares_channel channel, const std::vector<IpEndpoint>& servers) {
  std::vector<ares_addr_port_node> nodes(servers.size());
  for (std::size_t i = 0; i < servers.size(); ++i) {
    const IpAddress& address = servers[i].address;
    ares_addr_port_node& node = nodes[i];
    node.next = i + 1 < servers.size() ? &nodes[i + 1] : nullptr;
    node.family = address.is_v4() ? AF_INET : AF_INET6;
    std::memcpy(&node.addr, address.bytes(), address.bit_count() / 8);
    node.udp_port = node.tcp_port = servers[i].port;  // 0 = the channel's
  }
  return ares_set_servers_ports(channel, nodes.data()) == ARES_SUCCESS;
}

rt::IoStatus status_of(int status) {
  switch (status) {
    case ARES_SUCCESS:
      return rt::IoStatus::Ok;
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
    case ARES_EBADNAME:
      return rt::IoStatus::NameNotFound;
    default:  // no server answered, or none that could say
      return rt::IoStatus::NameFailed;
  }
}

}  // namespace

struct DnsChannel::Question {
  DnsChannel& channel;
  Asker& asker;
  bool inside_ask = true;
};

std::unique_ptr<DnsChannel> DnsChannel::make(Reactor& reactor, const Settings& settings) {
  if (!library_ready()) return nullptr;
  std::unique_ptr<DnsChannel> made(new DnsChannel(reactor));
  char lookups[] = "fb";  // the hosts file first
  std::string resolv_conf = settings.resolv_conf;
  ares_options options{};
  options.sock_state_cb = &DnsChannel::on_socket;
  options.sock_state_cb_data = made.get();
  options.timeout =
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(settings.try_timeout).count());
  options.tries = settings.tries;
  options.lookups = lookups;
  options.udp_port = options.tcp_port = settings.port;
  options.resolvconf_path = resolv_conf.data();
  const int mask = ARES_OPT_SOCK_STATE_CB | ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT | ARES_OPT_TIMEOUTMS |
                   ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_RESOLVCONF;
  if (ares_init_options(&made->channel_, &options, mask) != ARES_SUCCESS) {
    made->channel_ = nullptr;
    return nullptr;
  }
  if (!settings.servers.empty() && !use_servers(made->channel_, settings.servers)) return nullptr;
  return made;
}

DnsChannel::~DnsChannel() {
  if (channel_ != nullptr) ares_destroy(channel_);
  for (const int socket : watched_) reactor_.unwatch(socket);
}

void DnsChannel::ask(const std::string& host, Asker& asker) {
  auto* question = new Question{*this, asker};  // on_answer() deletes it, if it is not answered in here
  ++open_;
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &DnsChannel::on_answer, question);
  // The asker is told last: it may ask again, or let the channel go.
  if (question->inside_ask) {
    question->inside_ask = false;
    arm();
  } else {
    delete question;
  }
}

void DnsChannel::on_answer(void* argument, int status, int, ares_addrinfo* found) {
  auto* question = static_cast<Question*>(argument);
  Answer answer{.status = status_of(status), .local = question->inside_ask};
  if (found != nullptr) {
    std::optional<int> shortest;
    const auto note = [&](int seconds) { shortest = std::min(shortest.value_or(seconds), seconds); };
    for (const ares_addrinfo_node* node = found->nodes; node != nullptr; node = node->ai_next) {
      const auto address = address_of(node->ai_addr);
      if (!address ||
          std::find(answer.addresses.begin(), answer.addresses.end(), *address) != answer.addresses.end())
        continue;
      answer.addresses.push_back(*address);
      note(node->ai_ttl);
    }
    for (const ares_addrinfo_cname* name = found->cnames; name != nullptr; name = name->next) note(name->ttl);
    answer.shortest_ttl = std::chrono::seconds(std::max(0, shortest.value_or(0)));
    ares_freeaddrinfo(found);
  }
  if (answer.status == rt::IoStatus::Ok && answer.addresses.empty())
    answer.status = rt::IoStatus::NameNotFound;
  --question->channel.open_;
  Asker& asker = question->asker;
  if (question->inside_ask)
    question->inside_ask = false;  // ask() deletes it
  else
    delete question;
  asker.answered(std::move(answer));
}

void DnsChannel::on_socket(void* self, ares_socket_t socket, int readable, int writable) {
  auto& channel = *static_cast<DnsChannel*>(self);
  const std::uint32_t events = (readable != 0 ? EPOLLIN : 0u) | (writable != 0 ? EPOLLOUT : 0u);
  const auto known = std::find(channel.watched_.begin(), channel.watched_.end(), socket);
  if (events == 0) {
    if (known == channel.watched_.end()) return;
    channel.watched_.erase(known);
    channel.reactor_.unwatch(socket);
  } else if (known != channel.watched_.end()) {
    channel.reactor_.modify(socket, events);
  } else if (channel.reactor_.watch(socket, events, [&channel, socket](std::uint32_t ready) {
               channel.process(socket, ready);
             })) {
    channel.watched_.push_back(socket);
  }
}

void DnsChannel::process(int socket, std::uint32_t events) {
  const bool failed = (events & (EPOLLERR | EPOLLHUP)) != 0;
  const ares_socket_t read = failed || (events & EPOLLIN) != 0 ? socket : ARES_SOCKET_BAD;
  const ares_socket_t write = failed || (events & EPOLLOUT) != 0 ? socket : ARES_SOCKET_BAD;
  ares_process_fd(channel_, read, write);  // also looks for timeouts
  arm();
}

// c-ares has a clock of its own; the wheel only wakes it.
void DnsChannel::arm() {
  timeval left{};
  if (ares_timeout(channel_, nullptr, &left) == nullptr) {
    timeout_.disarm();
    return;
  }
  const Duration wait = std::chrono::seconds(left.tv_sec) + std::chrono::microseconds(left.tv_usec);
  reactor_.loop().timers().arm(timeout_, reactor_.loop().now() + wait + rt::TimerWheel::kTick);
}

}  // namespace reeve::net
