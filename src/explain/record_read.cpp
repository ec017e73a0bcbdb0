// SPDX-License-Identifier: Apache-2.0
// Reads records. They come out of sealed ids, so whatever is wrong with one was written by us; nevertheless
// every byte is judged, and none past the end is read.
#include <algorithm>

#include "explain/record.h"
#include "explain/record_format.h"
#include "explain/record_numbers.h"

namespace reeve::explain {

namespace {

using namespace record_format;

/// Past the end it reads zeros and says so.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : left_(bytes) {}
  std::span<const std::uint8_t> take(std::size_t size) {
    if (size > left_.size()) {
      short_ = true;
      return {};
    }
    const auto taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(size)) value = value << 8 | byte;
    return value;
  }
  std::optional<std::uint64_t> leb128() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = number(1);
      if (shift == 63 && byte > 1) return std::nullopt;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }
  std::optional<IpAddress> address(unsigned kind) {
    std::array<std::uint8_t, 16> bytes{};
    std::ranges::copy(take(kind == static_cast<unsigned>(AddressKind::V4) ? 4 : bytes.size()), bytes.begin());
    if (kind == static_cast<unsigned>(AddressKind::V6)) return IpAddress::v6(bytes);
    return IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
  }
  Clipped text() {
    const auto head = static_cast<std::uint8_t>(number(1));
    const auto bytes = take(head & ~unsigned{kCut});
    const std::string_view view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if ((head & kCut) == 0) return view;
    return {view, static_cast<std::uint32_t>(number(kHashSize))};
  }
  bool only_zeros_left() const {
    return std::ranges::all_of(left_, [](std::uint8_t byte) { return byte == 0; });
  }
  bool fell_short() const { return short_; }

 private:
  std::span<const std::uint8_t> left_;
  bool short_ = false;
};

/// Puts what a table knows into `to`.
template <class T>
bool known(std::optional<T> value, T& to) {
  if (value) to = *value;
  return value.has_value();
}

bool read_checks(std::uint64_t bits, Record& record) {
  for (policy::CheckResult& result : record.checks) {
    if (!known(numbers::kResults.value(bits & ((1u << kResultBits) - 1)), result)) return false;
    bits >>= kResultBits;
  }
  return bits == 0;
}

bool read_addresses(Reader& in, unsigned kinds, Record& record) {
  const unsigned client = kinds & 3;
  const unsigned peer = kinds >> 2 & 3;
  const unsigned claimed = kinds >> 4;
  constexpr auto kAsClient = static_cast<unsigned>(AddressKind::AsClient);
  if (client == kAsClient || claimed >= kAsClient) return false;
  if (client != 0) record.client = in.address(client);
  record.peer = record.client;
  if (peer == 0) record.peer.reset();
  if (peer == kAsClient) {
    if (client == 0) return false;
  } else if (peer != 0) {
    record.peer = in.address(peer);
  }
  if (claimed != 0) record.claimed = in.address(claimed);
  return true;
}

bool read_note(Reader& in, Record& record) {
  const std::uint64_t note = in.number(1);
  record.slip_at = static_cast<std::uint8_t>(in.number(1));
  return known(numbers::kPlaces.value(note & 15), record.place) &&
         known(numbers::kSlips.value(note >> 4), record.slip);
}

bool read_rest(Reader& in, Record& record) {
  std::ranges::copy(in.take(record.configuration.size()), record.configuration.begin());
  const std::uint64_t micros = in.number(7);
  if (micros > kMicrosMost || !read_checks(in.number(7), record)) return false;
  record.time = WallTime(std::chrono::microseconds(micros));
  const std::uint64_t code = in.number(1);
  if (code != 0 && !(record.code = numbers::kCodes.value(code - 1))) return false;
  record.status = static_cast<std::uint16_t>(in.number(2));
  const std::uint64_t method_and_source = in.number(1);
  if (!known(numbers::kMethods.value(method_and_source & 15), record.method)) return false;
  record.source = static_cast<ClientSource>(method_and_source >> 4);
  if (record.source > ClientSource::OtherField) return false;
  const auto kinds = static_cast<unsigned>(in.number(1));
  const std::uint64_t present = in.number(1);
  if (!known(in.leb128(), record.data_version) || !read_addresses(in, kinds, record)) return false;
  if ((present & kNote) != 0 && !read_note(in, record)) return false;
  for (std::size_t i = 0; i < kTexts.size(); ++i)
    if ((present >> i & 1) != 0) record.*kTexts[i] = in.text();
  return !in.fell_short() && in.only_zeros_left();
}

}  // namespace

std::expected<Record, RecordFlaw> decode(std::span<const std::uint8_t> bytes) {
  if (std::ranges::find(kRecordSizes, bytes.size()) == kRecordSizes.end())
    return std::unexpected(RecordFlaw::Damaged);
  Reader in(bytes);
  const std::uint64_t version = in.number(1);
  if (version > kVersion) return std::unexpected(RecordFlaw::Newer);
  Record record;
  if (version != kVersion || !read_rest(in, record)) return std::unexpected(RecordFlaw::Damaged);
  return record;
}

}  // namespace reeve::explain
