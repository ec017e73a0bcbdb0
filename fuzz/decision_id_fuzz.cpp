// SPDX-License-Identifier: Apache-2.0
// Any bytes as a decision id, as the record inside one, and as what a record is made from. Nothing but an id
// that was made opens; a record that is read is written as it was read; what is put in comes out, as far as
// it fits.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "crypto/sealed_id.h"
#include "explain/record.h"

namespace {

using namespace reeve;

void require(bool holds) {
  if (!holds) std::abort();
}

static_assert(explain::kRecordMost == crypto::kIdPlainMost);

crypto::IdKey key(std::uint8_t number) {
  crypto::IdKey made;
  made.number = number;
  made.master.fill(number);
  return made;
}

const std::array kKeys{key(1), key(2)};

std::string seal(crypto::IdSealer& sealer, std::span<const std::uint8_t> record) {
  std::array<char, crypto::kIdTextMost> out;
  return {out.data(), sealer.seal(record, out.data())};
}

/// The ids of the corpus: made from the same keys at every start.
const std::set<std::string>& known_ids() {
  static const std::set<std::string> ids = [] {
    std::set<std::string> made;
    for (const crypto::IdKey& one : kKeys) {
      crypto::IdSealer sealer(one, 7, 1);
      for (const std::size_t size : explain::kRecordSizes) {
        std::vector<std::uint8_t> record(size);
        record[0] = 1;
        made.insert(seal(sealer, record));
      }
    }
    return made;
  }();
  return ids;
}

void as_id(std::string_view text) {
  const auto opened = crypto::open_id(text, kKeys);
  require(opened.has_value() == known_ids().contains(std::string(text)));
  if (opened) require(explain::decode(opened->plain()).has_value());
}

void as_record(std::span<const std::uint8_t> bytes) {
  const auto record = explain::decode(bytes);
  if (!record) return;
  std::array<std::uint8_t, explain::kRecordMost> out;
  const std::size_t size = explain::encode(*record, out);
  const auto again = explain::decode(std::span(out).first(size));
  require(again && *again == *record);
  explain::describe_client(*record);
}

/// Takes parts of the input from its beginning.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : left_(reinterpret_cast<const char*>(data), size) {}
  std::uint8_t byte() {
    if (left_.empty()) return 0;
    const auto taken = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    return taken;
  }
  std::string_view text(std::size_t scale) {
    const std::string_view taken = left_.substr(0, byte() * scale);
    left_.remove_prefix(std::min(left_.size(), taken.size()));
    return taken;
  }
  std::optional<IpAddress> address() {
    const std::uint8_t kind = byte();
    if (kind % 3 == 0) return std::nullopt;
    std::array<std::uint8_t, 16> bytes;
    for (std::uint8_t& one : bytes) one = byte();
    return kind % 3 == 1 ? IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]}) : IpAddress::v6(bytes);
  }

 private:
  std::string_view left_;
};

constexpr std::array kTexts{&explain::Record::method_text, &explain::Record::route, &explain::Record::caller,
                            &explain::Record::key,         &explain::Record::limit, &explain::Record::host,
                            &explain::Record::path};

explain::Record made_from(Input& in) {
  explain::Record record;
  for (unsigned i = 0; i < 8; ++i) record.data_version = record.data_version << 8 | in.byte();
  record.time = WallTime(std::chrono::microseconds(record.data_version >> 14));
  record.client = in.address();
  record.peer = in.address();
  record.claimed = in.address();
  record.method = static_cast<http::Method>(in.byte() % 10);
  if (const std::uint8_t code = in.byte(); code < kCodeCount) record.code = static_cast<Code>(code);
  for (policy::CheckResult& result : record.checks) result = static_cast<policy::CheckResult>(in.byte() % 5);
  record.slip_at = in.byte();
  for (const auto text : kTexts)
    record.*text = explain::Clipped(in.text(text == &explain::Record::path ? 64 : 1));
  return record;
}

void as_fields(Input in) {
  static crypto::IdSealer sealer(kKeys[1], 99, 2);
  const explain::Record record = made_from(in);
  std::array<std::uint8_t, explain::kRecordMost> bytes;
  const std::size_t size = explain::encode(record, bytes);
  require(!record.code || size == explain::kRecordMost);
  const std::string id = seal(sealer, std::span(bytes).first(size));
  require(id.size() <= 256);
  const auto opened = crypto::open_id(id, kKeys);
  require(opened.has_value());
  const auto again = explain::decode(opened->plain());
  require(again.has_value());
  explain::Record rest = *again;
  for (const auto text : kTexts) {
    require(((*again).*text).is((record.*text).text));
    rest.*text = record.*text;
  }
  require(rest == record);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  as_id({reinterpret_cast<const char*>(data), size});
  as_record({data, size});
  as_fields(Input(data, size));
  return 0;
}
