// SPDX-License-Identifier: Apache-2.0
#include "limits/checkpoint.h"

#include <cstring>
#include <type_traits>
#include <unordered_map>

#include "limits/cell.h"

namespace reeve::limits {

namespace {

constexpr std::string_view kMagic = "RVCOUNTS";
constexpr std::uint32_t kFormat = 1;
constexpr std::size_t kSum = 16;
constexpr std::size_t kHead = 8 + 4 + 4 + 16 + 8 + 4 + 4;
constexpr std::size_t kLimit = 2 + 1 + 1 + 8 + 8;  // without the name
constexpr std::size_t kCounter = 8 + 8 + 1 + 1 + 4;
constexpr std::size_t kNameMost = 128;
constexpr SipKey kSumKey{0x636865636b706f69, 0x6e742073756d2031};

template <class Number>
void put(std::string& out, Number number) {
  static_assert(std::is_integral_v<Number>);
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

/// Takes numbers off the front; after a shortage all are 0 and `whole` is false.
struct Input {
  std::string_view left;
  bool whole = true;

  template <class Number>
  Number take() {
    Number number{};
    const std::string_view bytes = take_bytes(sizeof number);
    if (whole) std::memcpy(&number, bytes.data(), sizeof number);
    return number;
  }
  std::string_view take_bytes(std::size_t count) {
    if (left.size() < count) {
      whole = false;
      left = {};
      return {};
    }
    const std::string_view bytes = left.substr(0, count);
    left.remove_prefix(count);
    return bytes;
  }
};

std::string sum_of(std::string_view bytes) {
  const SipHash128 hash = siphash128(kSumKey, bytes);
  std::string sum;
  put(sum, hash.low);
  put(sum, hash.high);
  return sum;
}

std::unexpected<std::string> wrong(const char* text) {
  return std::unexpected(std::string(text));
}

using Kinds = std::unordered_map<std::uint16_t, policy::LimitKind>;

const char* read_limits(Input& in, std::uint32_t count, Checkpoint& into, Kinds& kinds) {
  for (; count > 0; --count) {
    Checkpoint::Limit limit{};
    limit.id = in.take<std::uint16_t>();
    const auto kind = in.take<std::uint8_t>();
    limit.name = in.take_bytes(in.take<std::uint8_t>());
    limit.interval = in.take<std::int64_t>();
    limit.burst = in.take<std::uint64_t>();
    if (kind > static_cast<std::uint8_t>(policy::LimitKind::Quota))
      return "it holds a kind of limit that is none";
    limit.kind = static_cast<policy::LimitKind>(kind);
    if (limit.name.empty() || limit.name.size() > kNameMost) return "it holds a limit's name that is none";
    if (limit.id == 0 || !kinds.emplace(limit.id, limit.kind).second) return "it numbers its limits wrongly";
    into.limits.push_back(std::move(limit));
  }
  return nullptr;
}

const char* read_counters(Input& in, std::uint32_t count, Checkpoint& into, const Kinds& kinds) {
  for (; count > 0; --count) {
    Checkpoint::Counter counter{};
    counter.tag = in.take<std::uint64_t>();
    counter.state = in.take<std::uint64_t>();
    const auto where = in.take<std::uint8_t>();
    counter.chunk = in.take<std::uint8_t>();
    counter.bucket = in.take<std::uint32_t>();
    const auto limit = kinds.find(tag::record(counter.tag));
    if (limit == kinds.end() || limit->second != tag::kind(counter.tag) || tag::version(counter.tag) != 0 ||
        limit->second == policy::LimitKind::Concurrency)
      return "it holds a counter of no limit";
    if (where > static_cast<std::uint8_t>(Checkpoint::Where::Overflow))
      return "it holds a counter of no place";
    if (limit->second == policy::LimitKind::Rate &&
        counter.state > static_cast<std::uint64_t>(policy::kRateSpanMax.count()))
      return "it holds a counter that cannot be";
    counter.where = static_cast<Checkpoint::Where>(where);
    into.counters.push_back(counter);
  }
  return nullptr;
}

}  // namespace

void seal(std::string& bytes) {
  bytes += sum_of(bytes);
}

std::string encode(const Checkpoint& checkpoint) {
  std::string out;
  out.reserve(kHead + checkpoint.limits.size() * (kLimit + 32) + checkpoint.counters.size() * kCounter +
              kSum);
  out += kMagic;
  put(out, kFormat);
  put(out, checkpoint.first_bits);
  put(out, checkpoint.key[0]);
  put(out, checkpoint.key[1]);
  put(out, checkpoint.wall);
  put(out, static_cast<std::uint32_t>(checkpoint.limits.size()));
  put(out, static_cast<std::uint32_t>(checkpoint.counters.size()));
  for (const Checkpoint::Limit& limit : checkpoint.limits) {
    put(out, limit.id);
    put(out, static_cast<std::uint8_t>(limit.kind));
    put(out, static_cast<std::uint8_t>(limit.name.size()));
    out += limit.name;
    put(out, limit.interval);
    put(out, limit.burst);
  }
  for (const Checkpoint::Counter& counter : checkpoint.counters) {
    put(out, counter.tag);
    put(out, counter.state);
    put(out, static_cast<std::uint8_t>(counter.where));
    put(out, counter.chunk);
    put(out, counter.bucket);
  }
  seal(out);
  return out;
}

std::expected<Checkpoint, std::string> decode(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) return wrong("it is no checkpoint of counters");
  if (bytes.size() < kMagic.size() + 4) return wrong("it is cut short");
  Input in{bytes.substr(kMagic.size())};
  if (const auto format = in.take<std::uint32_t>(); format != kFormat)
    return std::unexpected("it has format " + std::to_string(format) + ", known is 1");
  if (bytes.size() < kHead + kSum) return wrong("it is cut short");
  if (bytes.substr(bytes.size() - kSum) != sum_of(bytes.substr(0, bytes.size() - kSum)))
    return wrong("it is damaged: its sum does not agree");
  in.left.remove_suffix(kSum);

  Checkpoint checkpoint;
  checkpoint.first_bits = in.take<std::uint32_t>();
  checkpoint.key[0] = in.take<std::uint64_t>();
  checkpoint.key[1] = in.take<std::uint64_t>();
  checkpoint.wall = in.take<std::int64_t>();
  const auto limits = in.take<std::uint32_t>();
  const auto counters = in.take<std::uint32_t>();
  // Before anything is made room for.
  if (limits > in.left.size() / kLimit || counters > in.left.size() / kCounter)
    return wrong("it is cut short");
  Kinds kinds;
  const char* error = read_limits(in, limits, checkpoint, kinds);
  if (error == nullptr) error = read_counters(in, counters, checkpoint, kinds);
  if (!in.whole) return wrong("it is cut short");
  if (error != nullptr) return wrong(error);
  if (!in.left.empty()) return wrong("something follows behind its end");
  return checkpoint;
}

}  // namespace reeve::limits
