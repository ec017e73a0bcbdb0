// SPDX-License-Identifier: Apache-2.0
// The smaller Parts that follow the configuration beside the sockets: where the access log goes, which
// messages are written, how many connections are served, which targets are checked. Control thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/stderr_messages.h"
#include "control/parts.h"
#include "net/acceptor.h"
#include "net/dns_resolver.h"
#include "telemetry/log_writer.h"
#include "upstream/health.h"
#include "upstream/shared.h"

namespace reeve::app {

class LogFollower final : public control::Part {
 public:
  LogFollower(telemetry::LogWriter& writer, StderrMessages& messages)
      : writer_(writer), messages_(messages) {}
  std::optional<Refusal> prepare(const policy::Snapshot& next) override;
  void commit(const policy::Snapshot& next) override;
  void abandon() override { prepared_.reset(); }
  /// Opens the file again (SIGUSR1); keeps the old one when that fails.
  void reopen();

 private:
  telemetry::LogWriter& writer_;
  StderrMessages& messages_;
  std::string destination_;
  std::optional<telemetry::LogSink> prepared_;
};

/// `server.connections` against the descriptor limit (rules, 1).
class LimitFollower final : public control::Part {
 public:
  LimitFollower(net::AcceptGroup& accepting, control::Messages& messages, std::uint64_t descriptors)
      : accepting_(accepting), messages_(messages), descriptors_(descriptors) {}
  std::optional<Refusal> prepare(const policy::Snapshot&) override { return std::nullopt; }
  void commit(const policy::Snapshot& next) override;
  /// (descriptors − 100) ÷ 2, at least a few.
  static std::uint32_t most(std::uint64_t descriptors);

 private:
  net::AcceptGroup& accepting_;
  control::Messages& messages_;
  std::uint64_t descriptors_;
};

class HealthFollower final : public control::Part {
 public:
  HealthFollower(upstream::HealthChecker& checker, net::DnsResolver& resolver, upstream::Shared& shared)
      : checker_(checker), resolver_(resolver), shared_(shared) {}
  std::optional<Refusal> prepare(const policy::Snapshot&) override { return std::nullopt; }
  void commit(const policy::Snapshot& next) override;

 private:
  upstream::HealthChecker& checker_;
  net::DnsResolver& resolver_;
  upstream::Shared& shared_;
};

}  // namespace reeve::app
