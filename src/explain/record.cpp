// SPDX-License-Identifier: Apache-2.0
#include "explain/record.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/ascii.h"
#include "explain/record_format.h"
#include "explain/record_numbers.h"

namespace reeve::explain {

namespace {

using namespace record_format;

AddressKind kind_of(const std::optional<IpAddress>& address) {
  if (!address) return AddressKind::None;
  return address->is_v4() ? AddressKind::V4 : AddressKind::V6;
}

class Writer {
 public:
  explicit Writer(std::uint8_t* out) : begin_(out), at_(out) {}
  void number(std::uint64_t value, std::size_t size) {
    for (std::size_t i = size; i-- != 0; value >>= 8) at_[i] = static_cast<std::uint8_t>(value);
    at_ += size;
  }
  void bytes(const void* from, std::size_t size) {
    if (size != 0) std::memcpy(at_, from, size);
    at_ += size;
  }
  void leb128(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) *at_++ = static_cast<std::uint8_t>(value | 0x80);
    *at_++ = static_cast<std::uint8_t>(value);
  }
  void address(const std::optional<IpAddress>& address) {
    if (address) bytes(address->bytes(), address->bit_count() / 8);
  }
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  std::uint8_t* begin_;
  std::uint8_t* at_;
};

/// A text on its way into the record.
struct Part {
  const Clipped* text;
  std::size_t wanted;       // bytes behind its length
  std::size_t granted = 0;  // as many as wanted, or at least kHashSize

  std::size_t least() const { return 1 + std::min(wanted, kHashSize); }
};

/// Short texts whole, the others an equal share. `room` is at least the sum of least().
void grant(std::span<Part> parts, std::size_t room) {
  room -= parts.size();
  std::size_t waiting = parts.size();
  for (bool again = true; again && waiting != 0;) {
    again = false;
    for (Part& part : parts) {
      if (part.granted != 0 || part.wanted > room / waiting) continue;
      part.granted = part.wanted;
      room -= part.wanted;
      again = --waiting != 0;
      if (!again) return;
    }
  }
  for (Part& part : parts) {
    if (part.granted != 0) continue;
    part.granted = room / waiting--;
    room -= part.granted;
  }
}

void write_text(Writer& out, const Part& part) {
  const Clipped& text = *part.text;
  const bool cut = text.cut || part.granted < part.wanted;
  const std::size_t size = std::min(text.text.size(), cut ? part.granted - kHashSize : part.granted);
  out.number(size | (cut ? kCut : 0), 1);
  out.bytes(text.text.data(), size);
  if (cut) out.number(text.cut ? text.hash : clip_hash(text.text), kHashSize);
}

void write_fixed(Writer& out, const Record& record, std::uint8_t present) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(record.time.time_since_epoch());
  std::uint64_t checks = 0;
  for (std::size_t i = kCheckCount; i-- != 0;)
    checks = checks << kResultBits | numbers::kResults.number(record.checks[i]);
  AddressKind peer = kind_of(record.peer);
  if (record.peer && record.peer == record.client) peer = AddressKind::AsClient;

  out.number(kVersion, 1);
  out.bytes(record.configuration.data(), record.configuration.size());
  out.number(static_cast<std::uint64_t>(std::max<std::int64_t>(micros.count(), 0)), 7);
  out.number(checks, 7);
  out.number(record.code ? numbers::kCodes.number(*record.code) + 1u : 0u, 1);
  out.number(record.status, 2);
  out.number(numbers::kMethods.number(record.method) | static_cast<unsigned>(record.source) << 4, 1);
  out.number(static_cast<unsigned>(kind_of(record.client)) | static_cast<unsigned>(peer) << 2 |
                 static_cast<unsigned>(kind_of(record.claimed)) << 4,
             1);
  out.number(present, 1);
  out.leb128(record.data_version);
  out.address(record.client);
  if (peer != AddressKind::AsClient) out.address(record.peer);
  out.address(record.claimed);
  if ((present & kNote) == 0) return;
  out.number(static_cast<unsigned>(numbers::kPlaces.number(record.place)) |
                 static_cast<unsigned>(numbers::kSlips.number(record.slip)) << 4,
             1);
  out.number(record.slip_at, 1);
}

std::string_view name_of(ClientSource source) {
  switch (source) {
    case ClientSource::Peer:
      break;
    case ClientSource::ProxyProtocol:
      return "the PROXY protocol";
    case ClientSource::XForwardedFor:
      return "X-Forwarded-For";
    case ClientSource::Forwarded:
      return "Forwarded";
    case ClientSource::OtherField:
      return "the field that client_ip names";
  }
  return "the connection itself";
}

}  // namespace

ConfigurationMark configuration_mark(std::string_view hash) {
  ConfigurationMark mark{};
  for (std::size_t i = 0; i < mark.size() && 2 * i + 1 < hash.size(); ++i)
    mark[i] =
        static_cast<std::uint8_t>(ascii::hex_value(hash[2 * i]) << 4 | ascii::hex_value(hash[2 * i + 1]));
  return mark;
}

std::uint32_t clip_hash(std::string_view text) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t hash = 0x9e3779b97f4a7c15u ^ text.size();
  const auto mix = [&hash](std::uint64_t word) {
    const auto product = static_cast<unsigned __int128>(hash ^ word) * 0xd6e8feb86659fd93u;
    hash = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  };
  std::uint64_t word = 0;
  for (; text.size() >= sizeof(word); text.remove_prefix(sizeof(word))) {
    std::memcpy(&word, text.data(), sizeof(word));
    mix(word);
  }
  word = 0;
  if (!text.empty()) {
    std::memcpy(&word, text.data(), text.size());
    mix(word);
  }
  return static_cast<std::uint32_t>(hash ^ hash >> 32);
}

bool Clipped::is(std::string_view whole) const {
  return cut ? whole.size() > text.size() && whole.starts_with(text) && clip_hash(whole) == hash
             : whole == text;
}

void add_decision(Record& record, const policy::Snapshot& snapshot, const policy::Facts& facts,
                  const policy::Decision& decision) {
  record.time = facts.now;
  record.client = facts.client;
  for (std::size_t i = 0; i < kCheckCount; ++i) record.checks[i] = decision.checks[i].result;
  if (decision.route != policy::kNone) record.route = snapshot.routes[decision.route].name;
  const policy::CredentialVerdict& credential = facts.credential;
  std::uint32_t caller = decision.caller;
  if (credential.key != policy::kNone) {
    record.key = snapshot.keys.id(credential.key);
    caller = snapshot.keys[credential.key].caller;
  }
  if (caller != policy::kNone) record.caller = snapshot.callers[caller].name;
  if (credential.passed()) return;
  record.place = credential.place;
  record.slip = credential.slip;
  if (credential.slip_at <= 0xff) record.slip_at = static_cast<std::uint8_t>(credential.slip_at);
}

std::size_t encode(const Record& record, std::span<std::uint8_t, kRecordMost> out) {
  std::array<Part, kTexts.size()> parts;
  std::size_t count = 0;
  std::size_t names = 0;
  std::size_t wanted = 0;
  std::size_t least_of_others = 0;
  std::uint8_t present = 0;
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    const Clipped& text = record.*kTexts[i];
    if (text.empty()) continue;
    present = static_cast<std::uint8_t>(present | 1 << i);
    const Part& part = parts[count++] = {&text, text.text.size() + (text.cut ? kHashSize : 0)};
    wanted += 1 + part.wanted;
    if (i < kNames) {
      names = count;
    } else {
      least_of_others += part.least();
    }
  }
  if (record.place != policy::CredentialPlace::None || record.slip != policy::Slip::None ||
      record.slip_at != 0)
    present |= kNote;

  Writer writer(out.data());
  write_fixed(writer, record, present);
  const auto fits = [&](std::size_t size) { return writer.size() + wanted <= size; };
  const auto smallest = std::ranges::find_if(kRecordSizes, fits);
  const std::size_t size = record.code || smallest == kRecordSizes.end() ? kRecordMost : *smallest;

  const std::span named = std::span(parts).first(names);
  const std::span others = std::span(parts).subspan(names, count - names);
  if (!named.empty()) grant(named, size - writer.size() - least_of_others);
  for (const Part& part : named) write_text(writer, part);
  if (!others.empty()) grant(others, size - writer.size());
  for (const Part& part : others) write_text(writer, part);
  std::memset(out.data() + writer.size(), 0, size - writer.size());
  return size;
}

std::string describe_client(const Record& record) {
  const std::string peer = record.peer ? record.peer->to_string() : "the Unix socket";
  if (record.source != ClientSource::Peer)
    return std::string(name_of(record.source)) + ", believed because " + peer + " is a trusted proxy";
  std::string text(name_of(record.source));
  if (record.claimed)
    text += "; the request named " + record.claimed->to_string() + ", not believed because " + peer +
            " is no trusted proxy";
  return text;
}

}  // namespace reeve::explain
