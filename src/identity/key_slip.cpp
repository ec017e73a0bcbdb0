// SPDX-License-Identifier: Apache-2.0
#include "identity/key_slip.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.h"
#include "crypto/crc32.h"
#include "identity/key_format.h"

namespace reeve::identity {

namespace {

using crypto::crc32_step;
using crypto::kCrc32Table;
using policy::KeyEnvironment;
using policy::Slip;

constexpr std::size_t kBody = kKeyBodySize;

/// The top bytes of the CRC's table are all different: the syndrome of one changed byte tells the change.
constexpr std::array<std::uint8_t, 256> kByTopByte = [] {
  std::array<std::uint8_t, 256> index{};
  for (std::uint32_t i = 0; i < 256; ++i) index[kCrc32Table[i] >> 24] = static_cast<std::uint8_t>(i);
  return index;
}();

/// The register from which `byte` led to `after`.
constexpr std::uint32_t step_back(std::uint32_t after, std::uint8_t byte) {
  const std::uint8_t index = kByTopByte[after >> 24];
  return (after ^ kCrc32Table[index]) << 8 | static_cast<std::uint32_t>(index ^ byte);
}
static_assert(step_back(crc32_step(0x12345678, 'x'), 'x') == 0x12345678);

/// The one byte that leads from `before` to `after`, if any does.
constexpr std::optional<char> byte_between(std::uint32_t before, std::uint32_t after) {
  const std::uint8_t index = kByTopByte[after >> 24];
  if ((before >> 8) != (after ^ kCrc32Table[index])) return std::nullopt;
  return static_cast<char>(index ^ (before & 0xff));
}

/// The text as characters, one more than a key with one extra at most.
struct Sent {
  std::array<char, kKeySize + 2> at{};
  std::size_t size = 0;  ///< more than kKeySize + 1: too long for any single slip

  explicit Sent(std::string_view text) {
    bool inside = false;  // behind a byte of a UTF-8 sequence: what continues it is the same character
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (inside && byte >= 0x80 && byte < 0xc0) continue;
      inside = byte >= 0x80;
      at[size++] = c;
      if (size == at.size()) break;
    }
  }
};

class Search {
 public:
  explicit Search(const Sent& sent) : sent_(sent) {}

  KeySlip run() {
    if (sent_.size + 1 < kKeySize || sent_.size > kKeySize + 1) return {};
    // What the sum covers, when the slip is in it; the checksum's digits are the last six then.
    const std::size_t covered = sent_.size - kKeyChecksumSize;
    forward_[0] = crypto::kCrc32Start;
    for (std::size_t i = 0; i < std::max(covered, kBody); ++i)
      forward_[i + 1] = crc32_step(forward_[i], byte(i));
    if (const auto sum = sum_at(covered)) {
      backward_[covered] = crypto::crc32_end(*sum);
      for (std::size_t i = covered; i-- != 0;) backward_[i] = step_back(backward_[i + 1], byte(i));
      search_body(covered);
    }
    search_checksum();
    return found_;
  }

 private:
  std::uint8_t byte(std::size_t i) const { return static_cast<std::uint8_t>(sent_.at[i]); }
  char sent(std::size_t i) const { return sent_.at[i]; }

  /// The sum that the six digits from `begin` stand for.
  std::optional<std::uint32_t> sum_at(std::size_t begin) const {
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < begin + kKeyChecksumSize; ++i) {
      const std::size_t value = kBase62.find(sent(i));
      if (value == std::string_view::npos) return std::nullopt;
      sum = sum * 62 + value;
    }
    if (sum > 0xffffffffu) return std::nullopt;
    return static_cast<std::uint32_t>(sum);
  }

  /// Whether a text of a key's length has a key's prefix and only digits behind it.
  template <class At>
  static bool well_made(At&& at) {
    const auto begins = [&](KeyEnvironment environment) {
      const std::string_view prefix = prefix_of(environment);
      for (std::size_t i = 0; i < prefix.size(); ++i)
        if (at(i) != prefix[i]) return false;
      return true;
    };
    if (!begins(KeyEnvironment::Live) && !begins(KeyEnvironment::Test)) return false;
    for (std::size_t i = kKeyPrefixSize; i < kKeySize; ++i)
      if (!is_base62(at(i))) return false;
    return true;
  }

  void search_body(std::size_t covered) {
    if (covered == kBody) {
      for (std::size_t p = 0; p < kBody; ++p)
        if (const auto c = byte_between(forward_[p], backward_[p + 1])) substituted(p, *c);
      for (std::size_t p = 0; p + 1 < kBody; ++p)
        if (crc32_step(crc32_step(forward_[p], byte(p + 1)), byte(p)) == backward_[p + 2]) transposed(p);
    } else if (covered < kBody) {
      for (std::size_t p = 0; p <= covered; ++p)
        if (const auto c = byte_between(forward_[p], backward_[p])) missing(p, *c);
    } else {
      for (std::size_t p = 0; p < kBody; ++p)  // one between body and checksum: search_checksum finds it
        if (forward_[p] == backward_[p + 1]) extra(p);
    }
  }

  // The body as sent is right, then: its sum against the digits that came.
  void search_checksum() {
    const auto due = checksum_digits(crypto::crc32_end(forward_[kBody]));
    const auto agrees = [&](std::size_t at, std::size_t from, std::size_t to) {
      // due[from, to) is what was sent from `at` on.
      for (std::size_t i = from; i < to; ++i)
        if (due[i] != sent(at + i - from)) return false;
      return true;
    };
    constexpr std::size_t n = kKeyChecksumSize;
    for (std::size_t q = 0; q < n && sent_.size == kKeySize; ++q) {
      const std::size_t p = kBody + q;
      if (agrees(kBody, 0, q) && agrees(p + 1, q + 1, n)) substituted(p, due[q]);
      if (q + 1 < n && agrees(kBody, 0, q) && agrees(p + 2, q + 2, n) && due[q] == sent(p + 1) &&
          due[q + 1] == sent(p))
        transposed(p);
    }
    if (sent_.size == kKeySize) search_border();
    for (std::size_t q = 0; q < n && sent_.size < kKeySize; ++q)
      if (agrees(kBody, 0, q) && agrees(kBody + q, q + 1, n)) missing(kBody + q, due[q]);
    for (std::size_t q = 0; q <= n && sent_.size > kKeySize; ++q)
      if (agrees(kBody, 0, q) && agrees(kBody + q + 1, q, n)) extra(kBody + q);
  }

  // The last character of the secret and the first digit of the checksum, swapped.
  void search_border() {
    constexpr std::size_t p = kBody - 1;
    const auto due = checksum_digits(crypto::crc32_end(crc32_step(forward_[p], byte(kBody))));
    if (due[0] == sent(p) && std::equal(due.begin() + 1, due.end(), sent_.at.begin() + kBody + 1))
      transposed(p);
  }

  void substituted(std::size_t p, char due) {
    const char was = sent(p);
    if (due == was || !well_made([&](std::size_t i) { return i == p ? due : sent(i); })) return;
    const bool foreign = !is_base62(was) && (p >= kKeyPrefixSize || was != '_');
    note(foreign                                  ? Slip::Alphabet
         : ascii::lower(due) == ascii::lower(was) ? Slip::Case
                                                  : Slip::Substitution,
         p);
  }
  void transposed(std::size_t p) {
    if (sent(p) == sent(p + 1)) return;
    if (well_made([&](std::size_t i) { return i == p ? sent(p + 1) : i == p + 1 ? sent(p) : sent(i); }))
      note(Slip::Transposition, p);
  }
  // In a run of equal characters it is the same key whichever of them is missing or extra.
  void missing(std::size_t p, char due) {
    if (p != 0 && sent(p - 1) == due) return;
    if (well_made([&](std::size_t i) { return i < p ? sent(i) : i == p ? due : sent(i - 1); }))
      note(Slip::Missing, p);
  }
  void extra(std::size_t p) {
    if (p != 0 && sent(p - 1) == sent(p)) return;
    if (well_made([&](std::size_t i) { return i < p ? sent(i) : sent(i + 1); })) note(Slip::Extra, p);
  }

  /// Lower is more exact.
  static int rank(Slip slip) {
    switch (slip) {
      case Slip::Case:
        return 0;
      case Slip::Alphabet:
        return 1;
      case Slip::Transposition:
        return 2;
      default:
        return 3;
    }
  }
  void note(Slip slip, std::size_t p) {
    const bool first = found_.slip == Slip::None;
    if (first || rank(slip) < rank(found_.slip)) found_.slip = slip;
    found_.at = first ? static_cast<std::uint16_t>(p + 1) : std::uint16_t{0};
  }

  const Sent& sent_;
  std::array<std::uint32_t, kBody + 2> forward_{};   ///< the register before each character, from the start
  std::array<std::uint32_t, kBody + 2> backward_{};  ///< what it must be there for what follows to fit
  KeySlip found_;
};

/// What can be said when no single slip explains the text.
Slip by_looks(const Sent& sent) {
  if (sent.size < kKeySize) return Slip::TooShort;
  if (sent.size > kKeySize) return Slip::TooLong;
  for (std::size_t i = 0; i < kKeySize; ++i)
    if (!is_base62(sent.at[i]) && (i >= kKeyPrefixSize || sent.at[i] != '_')) return Slip::Alphabet;
  const std::string_view prefix(sent.at.data(), kKeyPrefixSize);
  for (const KeyEnvironment environment : {KeyEnvironment::Live, KeyEnvironment::Test})
    if (prefix != prefix_of(environment) && ascii::iequals(prefix, prefix_of(environment))) return Slip::Case;
  return Slip::Checksum;
}

}  // namespace

KeySlip find_slip(std::string_view text) {
  if (parse_key(text)) return {};
  const Sent sent(text);
  const KeySlip found = Search(sent).run();
  return found.slip != Slip::None ? found : KeySlip{.slip = by_looks(sent)};
}

}  // namespace reeve::identity
