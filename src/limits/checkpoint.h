// SPDX-License-Identifier: Apache-2.0
// The counters as bytes, so that they survive a restart (contract, 2, Limits): version 1 of the format,
// little endian. Decoding believes nothing: the file may be cut, damaged or somebody else's. What the numbers
// mean is the Table's business; here is only how they are written.
//
//   "RVCOUNTS", u32 version, u32 bits of the first chunk, u64 ×2 key, i64 wall nanoseconds when it was
//   written, u32 limits, u32 counters, each limit:   u16 id, u8 kind, u8 name's length, name, i64 interval,
//   u64 burst each counter: u64 tag, u64 state (rates: nanoseconds until idle), u8 where, u8 chunk, u32
//   bucket u64 ×2 SipHash of all before it, under a fixed key: against damage, not against people.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/siphash.h"
#include "policy/limit.h"

namespace reeve::limits {

struct Checkpoint {
  struct Limit {
    std::uint16_t id;
    policy::LimitKind kind;
    std::string name;
    std::int64_t interval;
    std::uint64_t burst;
  };
  enum class Where : std::uint8_t { Fine, Coarse, Overflow };
  struct Counter {
    std::uint64_t tag;
    std::uint64_t state;
    Where where;
    std::uint8_t chunk;
    std::uint32_t bucket;
  };
  std::uint32_t first_bits = 0;
  SipKey key{};
  std::int64_t wall = 0;
  std::vector<Limit> limits;      ///< ids distinct, not 0
  std::vector<Counter> counters;  ///< each of a limit that is there
};

std::string encode(const Checkpoint& checkpoint);
/// The error says what is wrong, for people.
std::expected<Checkpoint, std::string> decode(std::string_view bytes);

/// Appends the sum that decode() expects. For tests that write odd checkpoints.
void seal(std::string& bytes);

}  // namespace reeve::limits
