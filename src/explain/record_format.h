// SPDX-License-Identifier: Apache-2.0
// The bytes of a record, version 1, numbers with the most significant byte first:
//   version | configuration (8) | microseconds (7) | checks, 3 bits each from the lowest (7) | code + 1, 0 =
//   none | status (2) | method, source (4 bits each) | kinds of client, peer, claimed address (2 bits each
//   from the lowest) | which texts there are, and a credential's note | data version, LEB128 | addresses |
//   note (2) | texts | zeros
// A text is its length, the top bit set when it is cut, its bytes and, when cut, the hash of the whole (4).
// For record.cpp, which writes them, and record_read.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "explain/record.h"

namespace reeve::explain::record_format {

inline constexpr std::uint8_t kVersion = 1;
inline constexpr unsigned kResultBits = 3;
inline constexpr std::size_t kHashSize = 4;
inline constexpr std::uint8_t kCut = 0x80;
inline constexpr std::uint8_t kNote = 0x80;
inline constexpr std::uint64_t kMicrosMost = std::numeric_limits<std::int64_t>::max() / 1000;

enum class AddressKind : std::uint8_t { None, V4, V6, AsClient };

// In the order of their bits. Names first: they get room before host and path.
inline constexpr std::array kTexts{&Record::method_text, &Record::route, &Record::caller, &Record::key,
                                   &Record::limit,       &Record::host,  &Record::path};
inline constexpr std::size_t kNames = 5;

}  // namespace reeve::explain::record_format
