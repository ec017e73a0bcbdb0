// SPDX-License-Identifier: Apache-2.0
#include "app/followers.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/dns_servers.h"

namespace reeve::app {

std::optional<control::Part::Refusal> LogFollower::prepare(const policy::Snapshot& next) {
  prepared_.reset();
  if (next.access_log == destination_) return std::nullopt;
  auto opened = telemetry::LogSink::open(next.access_log);
  if (!opened)
    return Refusal{{0, 1, 1},
                   opened.error(),
                   "make its folder exist and writable, or choose another file under access_log"};
  prepared_ = std::move(*opened);
  return std::nullopt;
}

void LogFollower::commit(const policy::Snapshot& next) {
  messages_.level(next.log);
  if (!prepared_) return;
  writer_.use(std::move(*prepared_));
  prepared_.reset();
  destination_ = next.access_log;
}

void LogFollower::reopen() {
  if (!destination_.starts_with("file:")) return;
  auto opened = telemetry::LogSink::open(destination_);
  if (!opened) {
    messages_.say(policy::LogLevel::Error, "log-reopen",
                  opened.error() + "; lines go to the old file. Repair its folder and send SIGUSR1 again");
    return;
  }
  writer_.use(std::move(*opened));
  messages_.say(policy::LogLevel::Info, "log-reopened", destination_);
}

std::uint32_t LimitFollower::most(std::uint64_t descriptors) {
  constexpr std::uint64_t kOwn = 100;  // listeners, logs, name servers, the admin address
  constexpr std::uint64_t kLeast = 8;
  const std::uint64_t half = descriptors > kOwn ? (descriptors - kOwn) / 2 : 0;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(half, kLeast, UINT32_MAX));
}

void LimitFollower::commit(const policy::Snapshot& next) {
  const std::uint32_t possible = most(descriptors_);
  const std::uint32_t wanted = next.server.connections.value_or(possible);
  if (wanted > possible)
    messages_.say(
        policy::LogLevel::Warn, "connections-clamped",
        fmt::format(
            "server.connections is {}, but {} descriptors allow {} proxied connections; {} is used. Raise "
            "the limit of open files (LimitNOFILE, ulimit -n) or lower the setting",
            wanted, descriptors_, possible, possible));
  accepting_.set_limit(std::min(wanted, possible));
}

void HealthFollower::commit(const policy::Snapshot& next) {
  resolver_.use(dns_servers(next));
  checker_.apply(next);
  shared_.forget_gone();
}

}  // namespace reeve::app
