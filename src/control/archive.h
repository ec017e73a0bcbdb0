// SPDX-License-Identifier: Apache-2.0
// The configurations that were served, with their texts (rules, 5): `<data>/configurations/<hash>.json`, kept
// as long as decisions are, so that an old decision is explained by the rules that it was taken under, also
// after a restart. Values of the environment are not kept: where they have changed, the old configuration
// cannot be had again. At most 1,000 and 1 GiB, the longest unused go first. Control thread; blocking.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/load.h"
#include "explain/record.h"

namespace reeve::control {

class Archive {
 public:
  static constexpr std::size_t kMost = 1000;
  static constexpr std::size_t kBytesMost = std::size_t{1} << 30;

  struct Kept {
    std::shared_ptr<const policy::Snapshot> snapshot;
    WallTime loaded{};
  };

  /// Nothing is read or written yet. `environment` fills in variables when an old configuration is made
  /// again.
  Archive(std::string folder, const config::Environment& environment)
      : folder_(std::move(folder)), environment_(environment) {}

  /// `snapshot` is served from now on. Written by the next save().
  void served(const policy::Snapshot& snapshot, config::Sources sources, WallTime now);
  /// Writes what is not written yet, marks the present one as still in use, and lets go what is too old or
  /// too much. The error is for people.
  std::optional<std::string> save(WallTime now);

  /// The configuration with that mark, compiled; nothing when it is not kept or cannot be made again.
  std::optional<Kept> find(const explain::ConfigurationMark& mark);
  /// The mark of the one that was served last, by this process or the one before; nothing when that is the
  /// present one. To be asked before save().
  std::optional<explain::ConfigurationMark> last() const;
  /// The texts of the one that is served. The error is for people.
  std::expected<std::vector<config::SourceText>, std::string> current_texts() const;

 private:
  static constexpr std::size_t kCompiledMost = 4;

  std::string path_of(std::string_view hash) const { return folder_ + "/" + std::string(hash) + ".json"; }
  void tidy(WallTime now);
  std::optional<Kept> make_again(const std::string& path) const;

  std::string folder_;
  const config::Environment& environment_;
  std::string hash_;  ///< of the configuration that is served; empty = none yet
  WallTime loaded_{};
  Duration keep_{};
  config::Sources unwritten_;  ///< of the one that is served, until it is written
  std::vector<std::pair<explain::ConfigurationMark, Kept>> compiled_;  ///< asked for last, newest last
};

}  // namespace reeve::control
