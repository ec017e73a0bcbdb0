// SPDX-License-Identifier: Apache-2.0
// Every reactor waits on every listening socket, level-triggered and exclusively: the kernel wakes one of
// them, and what it leaves in the queue wakes it, or another, again.
#include "net/acceptor.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "net/socket_address.h"

namespace reeve::net {

namespace {

constexpr int kBatch = 16;        // clients a turn and listener, before others have their turn
constexpr int kTurnAway = 64;     // clients closed at once when out of descriptors
constexpr int kQueueMost = 4096;  // what a listener's queue can hold when it is closed
constexpr Duration kShedPause = std::chrono::milliseconds(2);    // what is shed closes meanwhile
constexpr Duration kLimitPause = std::chrono::milliseconds(10);  // other reactors' connections may end
constexpr Duration kScarcePause = std::chrono::milliseconds(50);

bool client_waits(const Listener& listener) {
  pollfd queue{listener.fd(), POLLIN, 0};
  return ::poll(&queue, 1, 0) == 1;
}

UniqueFd make_reserve() {
  return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

PeerFacts facts_of(const SocketAddress& peer, const Listener& listener, const ListenerService& service) {
  PeerFacts facts;
  if (peer.family() != AF_UNIX) {
    const Endpoint endpoint = peer.endpoint();
    facts.address = std::get<IpEndpoint>(endpoint).address;
    facts.port = std::get<IpEndpoint>(endpoint).port;
    facts.local_port = std::get<IpEndpoint>(listener.endpoint()).port;
  }
  facts.listener = service.index;
  facts.secure = service.secure;
  return facts;
}

}  // namespace

struct Acceptor::Entry final : EventHandler {
  Entry(Acceptor& a, std::shared_ptr<Listener> l, Service s)
      : acceptor(a), listener(std::move(l)), service(std::move(s)) {}
  void on_events(std::uint32_t) override { acceptor.accept_batch(*this, kBatch); }
  Acceptor& acceptor;
  std::shared_ptr<Listener> listener;
  Service service;
  Registration registration;
};

Acceptor::Acceptor(Reactor& reactor, AcceptGroup& group, AcceptHandlers handlers)
    : reactor_(reactor), group_(group), handlers_(std::move(handlers)), reserve_(make_reserve()) {}

Acceptor::~Acceptor() {
  for (const auto& entry : entries_) reactor_.withdraw(entry->listener->fd(), entry->registration);
}

void Acceptor::start(std::shared_ptr<Listener> listener, Service service) {
  entries_.push_back(std::make_unique<Entry>(*this, std::move(listener), std::move(service)));
  if (!paused_) register_entry(*entries_.back());
}

void Acceptor::register_entry(Entry& entry) {
  entry.registration = reactor_.attach(entry.listener->fd(), EPOLLIN | EPOLLEXCLUSIVE, entry);
  if (!entry.registration) pause(kScarcePause);  // tried again when the pause ends
}

void Acceptor::replace(const Listener& listener, Service service) {
  for (const auto& entry : entries_) {
    if (entry->listener.get() == &listener) entry->service = service;
  }
}

void Acceptor::stop(const Listener& listener) {
  const auto found =
      std::ranges::find(entries_, &listener, [](const auto& entry) { return entry->listener.get(); });
  if (found == entries_.end()) return;
  const std::unique_ptr<Entry> entry = std::move(*found);
  entries_.erase(found);
  reactor_.withdraw(entry->listener->fd(), entry->registration);
  // Closing the socket would reset the clients that the kernel has already greeted.
  if (listener.is_handed_over()) return;
  closing_ = true;
  accept_batch(*entry, kQueueMost);
  closing_ = false;
}

void Acceptor::accept_batch(Entry& entry, int most) {
  for (int i = 0; i < most; ++i) {
    if (!accept_one(entry)) return;
  }
}

// False: the queue is empty, or nothing can be taken from it at present.
bool Acceptor::accept_one(Entry& entry) {
  if (!group_.take_place()) {
    under_pressure(entry, Shortage::Limit);
    return false;
  }
  SocketAddress peer;
  UniqueFd socket(::accept4(entry.listener->fd(), &peer.any, &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) {
    const int error = errno;
    group_.give_place();
    switch (error) {
      case EAGAIN:
        return false;
      case EMFILE:
      case ENFILE:
        under_pressure(entry, Shortage::Descriptors);
        return false;
      case ENOBUFS:
      case ENOMEM:
        under_pressure(entry, Shortage::Memory);
        return false;
      default:
        return true;  // that client's trouble (accept(2): ECONNABORTED, EPROTO, …)
    }
  }
  const PeerFacts facts = facts_of(peer, *entry.listener, *entry.service);
  Acceptor& target = group_.least_loaded(*this);
  target.connections_.fetch_add(1, std::memory_order_relaxed);
  if (&target == this) {
    admit(std::move(socket), facts, entry.service);
  } else {
    target.reactor_.post([&target, socket = std::move(socket), facts, service = entry.service]() mutable {
      target.admit(std::move(socket), facts, service);
    });
  }
  return true;
}

void Acceptor::admit(UniqueFd socket, const PeerFacts& facts, const Service& service) {
  std::unique_ptr<rt::Stream> stream =
      SocketStream::make(reactor_, std::move(socket), SocketStream::State::Connected, this);
  if (!stream) {
    stream_closed();
    return;
  }
  if (service->wrap) stream = service->wrap(reactor_, std::move(stream));
  if (stream) handlers_.on_connection(std::move(stream), facts);
}

void Acceptor::stream_closed() {
  connections_.fetch_sub(1, std::memory_order_relaxed);
  group_.give_place();
  if (paused_) resume();
}

void Acceptor::under_pressure(Entry& entry, Shortage shortage) {
  // The kernel says EMFILE also when its queue is empty, and the limit is met by the last client that fits:
  // nothing is shed for nobody.
  if (closing_ || !client_waits(*entry.listener)) return;
  const std::size_t shed = handlers_.on_pressure ? handlers_.on_pressure() : 0;
  if (shortage == Shortage::Limit) {
    if (group_.connections() >= group_.limit()) pause(kLimitPause);
    return;
  }
  if (shed != 0) {
    pause(kShedPause);
    return;
  }
  if (shortage == Shortage::Descriptors) turn_away(entry);
  pause(kScarcePause);
}

// A client that is closed at once can go elsewhere; one that waits in the queue cannot know.
void Acceptor::turn_away(Entry& entry) {
  reserve_.reset();
  for (int i = 0; i < kTurnAway; ++i) {
    const UniqueFd refused(::accept4(entry.listener->fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!refused) break;
  }
  reserve_ = make_reserve();
}

void Acceptor::pause(Duration span) {
  paused_ = true;
  for (const auto& entry : entries_) {
    if (!entry->registration) continue;
    reactor_.withdraw(entry->listener->fd(), entry->registration);
    entry->registration = {};
  }
  reactor_.loop().timers().arm(pause_timer_, reactor_.loop().now() + span);
}

void Acceptor::resume() {
  paused_ = false;
  pause_timer_.disarm();
  if (!reserve_) reserve_ = make_reserve();
  for (const auto& entry : entries_) {
    if (!entry->registration && !paused_) register_entry(*entry);
  }
}

AcceptGroup::~AcceptGroup() = default;

Acceptor& AcceptGroup::add(Reactor& reactor, AcceptHandlers handlers) {
  acceptors_.push_back(std::make_unique<Acceptor>(reactor, *this, std::move(handlers)));
  return *acceptors_.back();
}

void AcceptGroup::start(std::shared_ptr<Listener> listener, ListenerService service) {
  const auto shared = std::make_shared<const ListenerService>(std::move(service));
  for (const auto& acceptor : acceptors_)
    acceptor->reactor_.post([a = acceptor.get(), listener, shared] { a->start(listener, shared); });
}

void AcceptGroup::replace(const std::shared_ptr<Listener>& listener, ListenerService service) {
  const auto shared = std::make_shared<const ListenerService>(std::move(service));
  for (const auto& acceptor : acceptors_)
    acceptor->reactor_.post([a = acceptor.get(), listener, shared] { a->replace(*listener, shared); });
}

void AcceptGroup::stop(const std::shared_ptr<Listener>& listener) {
  for (const auto& acceptor : acceptors_)
    acceptor->reactor_.post([a = acceptor.get(), listener] { a->stop(*listener); });
}

bool AcceptGroup::take_place() {
  if (connections_.fetch_add(1, std::memory_order_relaxed) < limit()) return true;
  give_place();
  return false;
}

Acceptor& AcceptGroup::least_loaded(Acceptor& own) const {
  Acceptor* best = &own;
  for (const auto& acceptor : acceptors_) {
    if (acceptor->connections() < best->connections()) best = acceptor.get();
  }
  return *best;
}

}  // namespace reeve::net
