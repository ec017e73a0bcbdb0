// SPDX-License-Identifier: Apache-2.0
// What the control plane asks of the process around it, as interfaces: parts that follow the configuration,
// the reactors that serve it, and whoever reads messages. app implements them over net; tests give fakes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/source_pos.h"
#include "policy/snapshot.h"
#include "rt/task.h"

namespace reeve::control {

/// Something that follows the configuration in two steps, so that whatever can fail fails before anything has
/// changed: listening sockets, certificates, the access log, health checks. Control thread.
class Part {
 public:
  virtual ~Part() = default;
  struct Refusal {
    SourcePos at;
    std::string text;  ///< what could not be done and why
    std::string fix;
  };
  /// Gets everything for `next` that may be refused, without a visible change.
  virtual std::optional<Refusal> prepare(const policy::Snapshot& next) = 0;
  /// Every reactor serves `next` now: uses what was got, lets the old go. Cannot fail.
  virtual void commit(const policy::Snapshot& next) = 0;
  /// Gives back what prepare() got.
  virtual void abandon() {}
};

/// The reactors.
class DataPlane {
 public:
  virtual ~DataPlane() = default;
  /// Returns when every reactor begins its requests under this configuration; false when one did not say so
  /// in time (it will: messages are not lost).
  virtual rt::Task<bool> publish(std::shared_ptr<const policy::Snapshot> next) = 0;
  /// Returns when every reactor has done what parts asked of it before: new listeners accept, old ones are
  /// closed.
  virtual rt::Task<bool> settle() = 0;
};

/// Lines for operators on standard error. Any thread.
class Messages {
 public:
  virtual ~Messages() = default;
  /// `code` is one lower-case word with hyphens.
  virtual void say(policy::LogLevel level, std::string_view code, std::string_view text) = 0;
};

/// Told about changes that a supervisor wants to know.
class Supervisor {
 public:
  virtual ~Supervisor() = default;
  virtual void reloading() = 0;
  virtual void ready() = 0;
  virtual void stopping() = 0;
};

}  // namespace reeve::control
