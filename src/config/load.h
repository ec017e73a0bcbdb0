// SPDX-License-Identifier: Apache-2.0
// The way from a configuration file to a Snapshot: `reeve check`, `run` and every reload go through here.
// Pure but for reading through the two doors; never throws; either every problem or a whole Snapshot.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/doors.h"
#include "config/finding.h"
#include "config/include.h"
#include "policy/snapshot.h"

namespace reeve::config {

/// What a configuration was made from, so that it can be kept and made again.
struct Sources {
  std::vector<SourceText> files;  ///< the main one first
  /// Of these files and of the environment's values that they use. Certificates and the like are left out:
  /// they decide nothing about who may do what.
  std::string hash;
  /// Where `gate` stands, if it does: in which file, from which byte to which.
  struct {
    std::size_t file = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
  } gate{};
};
/// Of the files without their `gate`, where the digests that a file accepts stand: else no file could hold
/// its own.
std::string hash_without_gate(const Sources& sources);

struct LoadResult {
  std::vector<Finding> findings;   ///< sorted by file, line, column
  std::vector<std::string> files;  ///< SourcePos::file indexes it: as typed, included ones beside it
  std::shared_ptr<const policy::Snapshot> snapshot;  ///< null when there are errors
  Sources sources;                                   ///< when there is a snapshot
  std::string unreadable;  ///< why the main file could not be read at all; then there are no findings

  // Where the four stand that need a restart; line 0 = not written.
  SourcePos data_at;
  SourcePos admin_at;
  SourcePos threads_at;

  /// Absolute, as far as it could be read: a client finds the running gateway although the file has errors
  /// now.
  std::string data_folder;

  bool ok() const { return snapshot != nullptr; }
  bool any_warning() const;
};

/// Whether to look for what is no error, but may not be meant (docs/audit/).
struct Audit {
  WallTime now;       ///< keys and certificates are judged at this moment
  bool hints = true;  ///< infos too, beside warnings
};

/// With `audit`, a file without errors is audited too.
LoadResult load(const std::string& path, const Environment& environment, FileReader& files,
                const std::optional<Audit>& audit = std::nullopt);

/// What a reload may not change (rules, 2): `needs-restart` where `next` says otherwise than `running`.
std::vector<Finding> needs_restart(const policy::Snapshot& running, const LoadResult& next);

}  // namespace reeve::config
