// SPDX-License-Identifier: Apache-2.0
// <data>/decision.keys: the master keys of decision ids (contract, 5), made at the first start and kept, so
// that an id can be opened after restarts and when every log is gone. Read at start; given to each reactor's
// sealer and to whoever explains. Control thread; blocking.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "control/data_folder.h"
#include "crypto/sealed_id.h"
#include "explain/record.h"
#include "rt/doors.h"

namespace reeve::control {

/// Oldest first, at least one. The last one seals; all of them open.
struct DecisionKeys {
  std::vector<crypto::IdKey> keys;
  std::vector<WallTime> made;  ///< whole seconds, one for each key

  const crypto::IdKey& newest() const { return keys.back(); }
};

std::string decision_keys_file(const DataFolder& folder);

/// Reads them; without a file makes the first one (0600). An error says what to do: a damaged file is never
/// overwritten.
std::expected<DecisionKeys, std::string> decision_keys(const DataFolder& folder, rt::Random& random,
                                                       WallTime now);

/// The keys with a new one, on disk already: give it to the sealers (IdSealer::use) then. Keys that were
/// replaced longer than `keep` ago are gone: decisions of their time are no longer kept either.
std::expected<DecisionKeys, std::string> rotate_decision_keys(const DataFolder& folder,
                                                              const DecisionKeys& present, rt::Random& random,
                                                              WallTime now, Duration keep);

/// What an id says; the record's views point into `opened`. An error is a sentence for people, with what to
/// do.
std::expected<explain::Record, std::string> open_decision(std::string_view id, const DecisionKeys& keys,
                                                          crypto::OpenedId& opened);

/// For IdSealer: another number at every start, shared by the threads of one process.
std::uint64_t draw_boot(rt::Random& random);

}  // namespace reeve::control
