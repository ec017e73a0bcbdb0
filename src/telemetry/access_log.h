// SPDX-License-Identifier: Apache-2.0
// The access log: one JSON object a request (contract, 9). The reactor writes the finished line into its own
// ring; one thread takes lines from all rings and writes them out. A full ring drops the line and counts it:
// a slow disk never slows a request. Never a credential, a query value or a body.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "base/peer_facts.h"
#include "base/time.h"
#include "telemetry/metrics.h"

namespace reeve::telemetry {

/// What one request leaves behind. Views need to live only during the call. Empty views are written as null.
struct AccessRecord {
  WallTime time;               ///< when the answer was finished
  std::string_view decision;   ///< its id
  std::optional<Code> code;    ///< of an answer that Reeve made, or of what cut the body
  std::optional<Check> check;  ///< the one that refused; none = the code's own
  const IpAddress* client_ip = nullptr;
  const IpAddress* peer = nullptr;
  std::string_view caller;
  std::string_view team;
  std::string_view key;  ///< its id
  std::string_view route;
  std::string_view method;
  std::string_view host;
  std::string_view path;     ///< normal form, without the query
  std::uint16_t status = 0;  ///< 0 = none was sent
  Origin origin = Origin::Gateway;
  std::string_view protocol;  ///< "HTTP/1.1"
  const TlsFacts* tls = nullptr;
  std::uint64_t bytes_in = 0;   ///< body bytes from the client
  std::uint64_t bytes_out = 0;  ///< body bytes to the client
  Duration duration{0};
  std::uint32_t attempts = 0;  ///< requests to targets
  std::string_view target;     ///< URL of the last one
  std::uint16_t upstream_status = 0;
  std::optional<Duration> upstream_duration;  ///< of the last attempt
  std::string_view request_id;
  std::string_view trace_id;
};

/// One reactor's end of the log.
class AccessLog {
 public:
  virtual ~AccessLog() = default;
  /// Off: nothing need be gathered.
  virtual bool enabled() const = 0;
  virtual void write(const AccessRecord& record) = 0;
};

}  // namespace reeve::telemetry
