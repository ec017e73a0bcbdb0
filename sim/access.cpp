// SPDX-License-Identifier: Apache-2.0
#include "sim/access.h"

#include <array>

#include "identity/key_format.h"

namespace reeve::sim {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::array<std::string, static_cast<std::size_t>(Holding::kCount)> make_keys() {
  std::array<std::string, static_cast<std::size_t>(Holding::kCount)> keys;
  Prng prng(62);
  for (std::size_t i = 1; i < keys.size(); ++i) {
    std::array<std::byte, identity::kKeyRandomBytes> random;
    for (std::byte& byte : random) byte = static_cast<std::byte>(prng.next() & 0xff);
    keys[i] = identity::make_key(policy::KeyEnvironment::Live, random).value();
  }
  std::string& mistyped = keys[static_cast<std::size_t>(Holding::Mistyped)];
  mistyped.back() = mistyped.back() == 'a' ? 'b' : 'a';
  return keys;
}

}  // namespace

const std::string& key_text(Holding holding) {
  static const auto keys = make_keys();
  return keys[static_cast<std::size_t>(holding)];
}

std::string_view caller_of(Holding holding) {
  switch (holding) {
    case Holding::Reader:
    case Holding::Moving:
      return "reader";
    case Holding::Plain:
    case Holding::Revoked:
      return "plain";
    default:
      return {};
  }
}

std::optional<Code> Access::refuses(Guard guard, Holding holding, std::uint64_t connection,
                                    WallTime now) const {
  if (guard == Guard::Open) return std::nullopt;
  if (guard == Guard::Keyed && denied == (connection >> 6 & 3)) return Code::IpBlocked;
  switch (holding) {
    case Holding::Nothing:
      if (guard != Guard::Either) return Code::CredentialMissing;
      break;
    case Holding::Moving:
      if (moving_revoked) return Code::CredentialRevoked;
      break;
    case Holding::Revoked:
      return Code::CredentialRevoked;
    case Holding::Unknown:
      return Code::CredentialUnknown;
    case Holding::Mistyped:
      return Code::CredentialMalformed;
    default:
      break;
  }
  if (guard != Guard::Roled) return std::nullopt;
  const auto minute = std::chrono::floor<std::chrono::minutes>(now.time_since_epoch()).count() % (24 * 60);
  if (closed_from && minute >= *closed_from) return Code::OutsideHours;
  if (holding == Holding::Plain) return Code::PermissionMissing;
  return std::nullopt;
}

Access access_of(const Swarm& swarm, std::uint64_t generation) {
  Prng frame(swarm.configuration_seed ^ 0x6c696d697473);
  Prng own(swarm.configuration_seed * 3 + generation * 0x9e3779b97f4a7c15u);
  Access access;
  access.moving_revoked = own.chance(1, 3);
  if (own.chance(1, 3)) access.denied = static_cast<std::uint8_t>(own.below(4));
  // Runs begin at 09:58.
  if (own.chance(1, 4)) access.closed_from = static_cast<std::uint16_t>(between(own, 590, 610));
  LimitNumbers& limits = access.limits;
  limits.steady_interval = between(frame, milliseconds(20), seconds(2));
  limits.steady_burst = between(frame, 1, 12);
  limits.moving_interval = between(own, milliseconds(20), seconds(2));
  limits.moving_burst = between(own, 1, 12);
  limits.parallel = static_cast<std::uint32_t>(between(own, 1, 8));
  limits.hourly = between(own, 10, 200);
  limits.knocking_interval = between(frame, milliseconds(500), seconds(20));
  limits.knocking_burst = between(frame, 2, 8);
  return access;
}

}  // namespace reeve::sim
