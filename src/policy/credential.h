// SPDX-License-Identifier: Apache-2.0
// What a route accepts as a credential, and what was found out about the one that came: data that identity/
// makes and that decide() and the explanation read. Holds no credential.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/source_pos.h"
#include "base/time.h"
#include "policy/caller.h"

namespace reeve::policy {

/// `authenticate` and what belongs to it, of one route.
struct Acceptance {
  bool none = false;
  bool key = false;
  /// Name of the query parameter that may hold the key (`key_in_query`); empty = none.
  std::string query_parameter;
  bool forward_credential = false;  ///< the accepted credential's field travels on
  SourcePos at;                     ///< the value of `authenticate`

  /// Nothing is looked for and the caller is anonymous.
  bool none_only() const { return none && !key; }
};

/// What is wrong with a key that cannot be one (rules, 3), the most exact word.
enum class Slip : std::uint8_t {
  None,
  TooShort,
  TooLong,
  Alphabet,
  Case,
  Substitution,
  Transposition,
  Missing,
  Extra,
  Checksum,
};
/// too-short, …; empty for None.
std::string_view name(Slip slip);

/// Where a credential was found.
enum class CredentialPlace : std::uint8_t {
  None,
  ReeveKey,
  AuthorizationBearer,
  AuthorizationBasic,
  XApiKey,
  XGoogApiKey,
  Query,
  // Where it does not belong:
  Cookie,
  OtherField,
  OtherQuery,
  AuthorizationOther,  ///< without a scheme, or of another one
  BasicUserName,
};
/// For people: "the field Authorization (Bearer)".
std::string_view describe(CredentialPlace place);

struct CredentialVerdict {
  enum class State : std::uint8_t {
    Anonymous,  ///< nothing was looked for, or nothing came and nothing is needed
    Accepted,
    Refused,  ///< `code` says why
    Assumed,  ///< a hypothetical request `--as` a caller
  };
  State state = State::Anonymous;
  Code code = Code::CredentialMissing;  ///< when refused
  Slip slip = Slip::None;               ///< for credential-malformed
  std::uint16_t slip_at = 0;  ///< the character, counted from 1, where one slip explains it; 0 = unknown
  CredentialPlace place = CredentialPlace::None;
  std::uint32_t caller = kNone;  ///< accepted or assumed
  std::uint32_t key = kNone;  ///< accepted; also when the whole secret was right but the key is out of force
  /// Static text: what exactly was seen, for the reader of the refusal; may be empty.
  std::string_view context = {};

  bool passed() const { return state != State::Refused; }
  bool has_caller() const { return caller != kNone && passed(); }
};

}  // namespace reeve::policy
