// SPDX-License-Identifier: Apache-2.0
// Every piece on its way has one event that lands the front piece: pieces land in the order in which they
// were sent, whatever their latency.
#include "sim/link.h"

#include <algorithm>

#include "sim/stream.h"

namespace reeve::sim {

Link::Link(World& world, std::uint64_t id, std::array<WayTraits, 2> traits, bool reset_discards)
    : world_(world), id_(id), reset_discards_(reset_discards) {
  ways_[0].traits = traits[0];
  ways_[1].traits = traits[1];
}

void Link::notify(std::size_t end) {
  if (ends_[end] != nullptr) ends_[end]->notified();
}

std::size_t Link::send(std::size_t end, std::string_view bytes) {
  Way& way = ways_[end];
  const std::size_t used = way.flying_bytes + way.unread();
  const std::size_t room = way.traits.room - std::min(way.traits.room, used);
  const std::size_t n = std::min({bytes.size(), room, way.write_max()});
  if (n == 0) return 0;
  fly(end, {std::string(bytes.substr(0, n)), false});
  return n;
}

void Link::send_end(std::size_t end) {
  fly(end, {{}, true});
}

void Link::fly(std::size_t end, Segment segment) {
  Way& way = ways_[end];
  const std::size_t size = segment.bytes.size();
  way.flying.push_back(std::move(segment));
  way.flying_bytes += size;
  way.sent += size;
  if (way.sent >= way.traits.swallow_after) way.swallowed = true;
  if (way.swallowed) {
    ++way.held;
    return;
  }
  Duration takes = way.traits.latency;
  if (!way.stalled && way.sent >= way.traits.stall_after) {
    way.stalled = true;
    takes += way.traits.stall;
    world_.trace("stall", id_, static_cast<std::uint64_t>(way.traits.stall.count()));
  }
  way.last_arrival = std::max(way.last_arrival, world_.now() + takes) +
                     Duration(static_cast<std::int64_t>(size * 1'000'000'000 / way.traits.bytes_per_second));
  world_.at(way.last_arrival, [self = shared_from_this(), end] { self->land(end); });
}

void Link::land(std::size_t end) {
  Way& way = ways_[end];
  if (way.flying.empty()) return;  // lost by a reset
  Segment segment = std::move(way.flying.front());
  way.flying.pop_front();
  way.flying_bytes -= segment.bytes.size();
  if (broken_[end]) return;
  if (closed_[end]) {
    if (!segment.bytes.empty()) reset_later(1 - end);
    return;
  }
  if (segment.end) {
    way.ended = true;
  } else {
    way.delivered += segment.bytes.size();
    way.arrived.append(segment.bytes);
  }
  notify(end);
  if (way.delivered >= way.traits.reset_after) {
    world_.trace("reset on the way", id_, end);
    way.traits.reset_after = WayTraits::kNever;
    reset(end);
    reset_later(1 - end);
  }
}

void Link::close(std::size_t end, bool with_reset) {
  closed_[end] = true;
  ends_[end] = nullptr;
  world_.trace(with_reset ? "close with reset" : "close", id_, end);
  if (broken_[end]) return;
  if (with_reset) {
    reset_later(1 - end);
  }
}

void Link::reset_later(std::size_t end) {
  if (broken_[end] || closed_[end]) return;
  world_.after(ways_[end].traits.latency, [self = shared_from_this(), end] { self->reset(end); });
}

void Link::reset(std::size_t end) {
  if (broken_[end] || closed_[end]) return;
  broken_[end] = true;
  Way& way = ways_[end];
  way.flying.clear();
  way.flying_bytes = way.held = 0;
  if (reset_discards_) {
    way.arrived.clear();
    way.taken = 0;
  }
  notify(end);
}

void Link::heal() {
  for (std::size_t end = 0; end < 2; ++end) {
    Way& way = ways_[end];
    const WayTraits calm;
    way.traits.reset_after = way.traits.stall_after = way.traits.swallow_after = WayTraits::kNever;
    way.traits.bytes_per_second = std::max(way.traits.bytes_per_second, calm.bytes_per_second);
    way.swallowed = false;
    for (; way.held != 0; --way.held) {
      way.last_arrival = std::max(way.last_arrival, world_.now() + way.traits.latency);
      world_.at(way.last_arrival, [self = shared_from_this(), end] { self->land(end); });
    }
  }
}

}  // namespace reeve::sim
