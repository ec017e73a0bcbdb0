// SPDX-License-Identifier: Apache-2.0
// What went wrong when a key was written down or pasted (rules, 3): the kind of slip, and the place when one
// single slip explains it. Found from the checksum alone, by comparing its register from both ends of what
// was sent; the right key is never put together, and nothing that is not in the sent text is kept. Constant
// time in the length of the text beyond a key's. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "policy/credential.h"

namespace reeve::identity {

struct KeySlip {
  policy::Slip slip = policy::Slip::None;
  /// The character, counted from 1, where one single slip explains the text: of a transposition the first of
  /// the two, of a missing character where it belongs, in a run of equal ones the first. 0 when no single
  /// slip does, or several different ones would. Bytes of a UTF-8 sequence are one character.
  std::uint16_t at = 0;
};

/// Of a text that is no key; None for a whole key.
///
/// A single slip that explains everything gives the word: case, else alphabet (a character that no key holds
/// there), else transposition, substitution, missing or extra. Without one: too-short and too-long by the
/// length, alphabet for any foreign character, case for a prefix that is right but for its case, else
/// checksum.
KeySlip find_slip(std::string_view text);

}  // namespace reeve::identity
