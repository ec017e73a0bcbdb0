// SPDX-License-Identifier: Apache-2.0
// One key a line: the word key, number, when it was made (seconds since 1970), 32 bytes in base64url, and the
// beginning of the SHA-256 of what stands before it. Without that sum a changed character would only show
// when ids stop opening.
#include "control/decision_keys.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/ascii.h"
#include "control/files.h"
#include "crypto/base64url.h"
#include "crypto/sha256.h"
#include "crypto/token.h"

namespace reeve::control {

namespace {

constexpr std::size_t kNumbers = 256;
constexpr std::size_t kSumDigits = 8;
constexpr std::string_view kHead =
    "# The keys of decision ids (Reeve-Decision). Secret. Without its key an id can no longer be explained:\n"
    "# keep this file with the data folder. key, number, made (seconds since 1970), bytes, sum\n";

std::string sum_of(std::string_view text) {
  return crypto::sha256_hex(text).substr(0, kSumDigits);
}

std::string line_of(const crypto::IdKey& key, WallTime made) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(made.time_since_epoch()).count();
  const std::string text = fmt::format("key {} {} {}", key.number, seconds, crypto::to_base64url(key.master));
  return fmt::format("{} {}\n", text, sum_of(text));
}

bool has(const DecisionKeys& keys, std::uint8_t number) {
  return std::ranges::find(keys.keys, number, &crypto::IdKey::number) != keys.keys.end();
}

std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

/// Whether the line is a key, which is added.
bool add_line(std::string_view line, DecisionKeys& keys) {
  const std::size_t end = line.rfind(' ');
  if (end == std::string_view::npos || line.substr(end + 1) != sum_of(line.substr(0, end))) return false;
  std::string_view rest = line.substr(0, end);
  if (take_word(rest) != "key") return false;
  const auto number = ascii::parse_decimal<std::uint8_t>(take_word(rest));
  const auto made = ascii::parse_decimal<std::int32_t>(take_word(rest));
  crypto::IdKey key;
  if (!number || !made || crypto::read_base64url(rest, key.master) != key.master.size()) return false;
  key.number = *number;
  if (has(keys, key.number)) return false;
  keys.keys.push_back(key);
  keys.made.emplace_back(std::chrono::seconds(*made));
  return true;
}

std::unexpected<std::string> damaged(const std::string& file, const std::string& what) {
  return std::unexpected(fmt::format(
      "{} {}; put it back from a backup, or move it away: the next start then makes a new key, and "
      "decision ids given out before can no longer be opened",
      file, what));
}

std::expected<DecisionKeys, std::string> parse_keys(const std::string& file, std::string_view text) {
  DecisionKeys keys;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty() || line.starts_with('#')) continue;
    if (!add_line(line, keys)) return damaged(file, fmt::format("is damaged in line {}", number));
  }
  if (keys.keys.empty()) return damaged(file, "holds no key");
  return keys;
}

std::expected<void, std::string> write_keys(const DataFolder& folder, const DecisionKeys& keys) {
  std::string text(kHead);
  for (std::size_t i = 0; i < keys.keys.size(); ++i) text += line_of(keys.keys[i], keys.made[i]);
  if (const auto written = write_file(decision_keys_file(folder), text, 0600); !written)
    return std::unexpected(written.error() + "; make the data folder writable for this user");
  return {};
}

void add_new(DecisionKeys& keys, std::uint8_t number, rt::Random& random, WallTime now) {
  crypto::IdKey key;
  key.number = number;
  random.fill(std::as_writable_bytes(std::span(key.master)));
  keys.keys.push_back(key);
  keys.made.push_back(now);
}

/// The one behind the newest that is free.
std::uint8_t next_number(const DecisionKeys& keys) {
  std::uint8_t number = keys.newest().number;
  do {
    ++number;
  } while (has(keys, number));
  return number;
}

}  // namespace

std::string decision_keys_file(const DataFolder& folder) {
  return folder.file("decision.keys");
}

std::expected<DecisionKeys, std::string> decision_keys(const DataFolder& folder, rt::Random& random,
                                                       WallTime now) {
  const std::string file = decision_keys_file(folder);
  const auto text = read_file(file);
  if (text) return parse_keys(file, *text);
  if (::access(file.c_str(), F_OK) == 0)
    return std::unexpected(text.error() + "; make it readable for this user, do not delete it");
  DecisionKeys keys;
  add_new(keys, 1, random, now);
  if (const auto written = write_keys(folder, keys); !written) return std::unexpected(written.error());
  return keys;
}

std::expected<DecisionKeys, std::string> rotate_decision_keys(const DataFolder& folder,
                                                              const DecisionKeys& present, rt::Random& random,
                                                              WallTime now, Duration keep) {
  DecisionKeys keys;
  for (std::size_t i = 0; i < present.keys.size(); ++i) {
    const WallTime replaced = i + 1 < present.made.size() ? present.made[i + 1] : now;
    if (replaced + keep < now) continue;
    keys.keys.push_back(present.keys[i]);
    keys.made.push_back(present.made[i]);
  }
  if (keys.keys.size() == kNumbers)
    return std::unexpected(
        fmt::format("{} holds {} keys that are all still needed; rotate less often, or set a "
                    "shorter time under decisions: keep",
                    decision_keys_file(folder), kNumbers));
  add_new(keys, next_number(keys), random, now);
  if (const auto written = write_keys(folder, keys); !written) return std::unexpected(written.error());
  return keys;
}

std::expected<explain::Record, std::string> open_decision(std::string_view id, const DecisionKeys& keys,
                                                          crypto::OpenedId& opened) {
  const auto envelope = crypto::open_id(id, keys.keys);
  if (!envelope) return std::unexpected(std::string(crypto::describe(envelope.error())));
  opened = *envelope;
  const auto record = explain::decode(opened.plain());
  if (record) return *record;
  if (record.error() == explain::RecordFlaw::Newer)
    return std::unexpected("This id was made by a newer version of Reeve; explain it with that version.");
  return std::unexpected("This id is genuine, but what it holds cannot be read; tell the makers of Reeve.");
}

std::uint64_t draw_boot(rt::Random& random) {
  std::array<std::uint64_t, 1> boot{};
  random.fill(std::as_writable_bytes(std::span(boot)));
  return boot[0];
}

}  // namespace reeve::control
