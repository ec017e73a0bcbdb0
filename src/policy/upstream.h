// SPDX-License-Identifier: Apache-2.0
// An upstream as plain data: what config compiled of an entry of `upstreams:` (contract, 2). Pools, health
// and balancing state live in upstream/, found by `name` and target `url`, and outlive reloads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/source_pos.h"
#include "base/time.h"

namespace reeve::policy {

struct Target {
  std::string url;  ///< as configured: the target's identity
  bool secure = false;
  std::string host;  ///< name or literal address, without brackets; empty for Unix
  std::uint16_t port = 80;
  std::string unix_path;  ///< instead of host and port
  std::string authority;  ///< what Host says under `host: upstream`
  std::uint32_t weight = 1;
  std::uint64_t identity = 0;  ///< hash_key(url), for Balance::Hash; 0 = not worked out
};

struct UpstreamTls {
  std::string ca_pem;  ///< text of the file; empty = the system store
  bool verify = true;
  std::string server_name;  ///< empty = the target's host
  std::string cert_pem;     ///< with key_pem, the certificate that Reeve shows
  std::string key_pem;
  bool operator==(const UpstreamTls&) const = default;
};

struct RetryPolicy {
  std::uint32_t attempts = 0;  ///< total; 0 = default: a second one after connect-failure, on another target
  bool on_connect_failure = true;
  bool on_timeout = false;
  bool on_502 = false;
  bool on_503 = false;
  bool on_504 = false;
};

struct HealthCheck {
  std::string path;
  Duration every = std::chrono::seconds(5);
  Duration timeout = std::chrono::seconds(2);
  std::uint32_t rise = 2;
  std::uint32_t fall = 3;
};

struct Ejection {
  std::uint32_t failures = 5;  ///< in a row
  Duration duration = std::chrono::seconds(10);
  std::uint32_t max_share_percent = 50;
};

enum class Balance : std::uint8_t { RoundRobin, LeastRequests, Hash };

struct Upstream {
  std::string name;
  SourcePos at;
  std::vector<Target> targets;  ///< not empty
  UpstreamTls tls;
  Balance balance = Balance::RoundRobin;
  std::string hash_header;  ///< lower case, for Balance::Hash
  Duration connect_timeout = std::chrono::seconds(1);
  std::optional<Duration> response_timeout;  ///< as written on the upstream; 30 s when nobody says
  std::optional<Duration> idle_timeout;      ///< 60 s when nobody says
  RetryPolicy retry;
  std::optional<HealthCheck> health;
  std::optional<Ejection> ejection = Ejection{};  ///< none = `ejection: off`
  std::uint32_t connections_max = 1024;           ///< per target, over all reactors
  std::uint32_t connections_keep = 128;           ///< idle ones kept per target, over all reactors
};

}  // namespace reeve::policy
