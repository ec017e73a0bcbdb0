// SPDX-License-Identifier: Apache-2.0
// What a decision id holds (contract, 5): who asked for what, which configuration judged it, and the result
// of every check, in at most 157 bytes. Route, caller and key stand by name, so that it is understood under
// any later configuration. Written for every answer, read when somebody asks why; sealing is
// crypto/sealed_id's. Pure, total, no allocation. Never put a query, a header value or a credential here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/ip.h"
#include "base/time.h"
#include "http/message.h"
#include "policy/decision.h"

namespace reeve::explain {

/// Records have one of these sizes, so that an id's length tells little. That of a refusal tells nothing: it
/// is always the largest, else it would show whether a hidden route's name is inside. With 33 bytes of
/// envelope, and in base64url behind `d_`, these make 130, 173, 216 and 256 characters.
inline constexpr std::array<std::size_t, 4> kRecordSizes{63, 95, 127, 157};
inline constexpr std::size_t kRecordMost = kRecordSizes.back();

/// Enough to tell configurations that are kept apart: of a million the chance that two agree is 3 in 10^8.
using ConfigurationMark = std::array<std::uint8_t, 8>;
/// The first bytes of Snapshot::hash (hexadecimal).
ConfigurationMark configuration_mark(std::string_view hash);

/// Why an address is believed to be the client's.
enum class ClientSource : std::uint8_t { Peer, ProxyProtocol, XForwardedFor, Forwarded, OtherField };

/// A text, whole or as much as fitted and a hash of the whole.
struct Clipped {
  std::string_view text;
  bool cut = false;
  std::uint32_t hash = 0;  ///< clip_hash of the whole, when cut

  Clipped() = default;
  Clipped(std::string_view whole) : text(whole) {}    // NOLINT: every text is one
  Clipped(const std::string& whole) : text(whole) {}  // NOLINT
  Clipped(std::string&&) = delete;
  Clipped(std::string_view begin, std::uint32_t of_whole) : text(begin), cut(true), hash(of_whole) {}
  /// Whether it stands for this text.
  bool is(std::string_view whole) const;
  bool empty() const { return text.empty() && !cut; }
  bool operator==(const Clipped&) const = default;
};
/// Tells texts apart that nobody chose to collide; the same in every version and on every machine.
std::uint32_t clip_hash(std::string_view text);

/// Views are the caller's; those of a decoded record point into the bytes that were decoded.
struct Record {
  ConfigurationMark configuration{};
  std::uint64_t data_version = 0;  ///< of the run-time data; 0 = none yet
  WallTime time{};                 ///< kept in whole microseconds since 1970
  std::optional<IpAddress> client;
  std::optional<IpAddress> peer;
  std::optional<IpAddress> claimed;  ///< what a peer that is not believed said of its client
  ClientSource source = ClientSource::Peer;
  http::Method method = http::Method::Other;
  std::uint16_t status = 0;  ///< as sent
  std::optional<Code> code;  ///< none: not refused
  std::array<policy::CheckResult, kCheckCount> checks{};
  // Of a credential that was refused.
  policy::CredentialPlace place = policy::CredentialPlace::None;
  policy::Slip slip = policy::Slip::None;
  std::uint8_t slip_at = 0;  ///< 0 = unknown or beyond

  Clipped method_text;  ///< only for Method::Other
  Clipped route;
  Clipped caller;  ///< whose credential it was, also when it was refused
  Clipped key;     ///< its id
  Clipped limit;   ///< the one that refused
  Clipped host;
  Clipped path;  ///< normal form

  bool operator==(const Record&) const = default;
};

/// Fills in what a decision and its facts say: client, time, checks, route, caller, key, what was wrong with
/// the credential.
void add_decision(Record& record, const policy::Snapshot& snapshot, const policy::Facts& facts,
                  const policy::Decision& decision);

/// Writes one of kRecordSizes bytes and returns how many. Where all does not fit, names get room before host
/// and path, and the longest are cut first.
std::size_t encode(const Record& record, std::span<std::uint8_t, kRecordMost> out);

enum class RecordFlaw : std::uint8_t {
  Newer,    ///< written by a later version of Reeve
  Damaged,  ///< no record
};
std::expected<Record, RecordFlaw> decode(std::span<const std::uint8_t> bytes);

/// Whence the client's address is known and why it was believed, as a clause for people.
std::string describe_client(const Record& record);

}  // namespace reeve::explain
