// SPDX-License-Identifier: Apache-2.0
// Connecting to a target: which TLS settings it is reached with, and its addresses tried one after the other
// within one deadline. Used by Client for requests and by HealthChecker, each on its reactor. Keeps nothing.
#pragma once

#include <memory>
#include <string>

#include "policy/upstream.h"
#include "rt/doors.h"
#include "rt/loop.h"
#include "upstream/addresses.h"

namespace reeve::upstream {

/// What a connection is made with: one made otherwise must not serve.
struct TargetTls {
  bool secure = false;
  rt::TlsClientSettings settings;
  std::string server_name;  ///< as configured, else the target's host
  bool operator==(const TargetTls&) const = default;
};
TargetTls tls_of(const policy::Upstream& upstream, const policy::Target& target);

struct Dialled {
  std::unique_ptr<rt::Stream> stream;
  Endpoint endpoint;
};
struct DialTo {
  TargetAddresses::List addresses;            ///< not null
  std::size_t first;                          ///< where to begin among them
  std::shared_ptr<rt::TlsClientContext> tls;  ///< null = plain
  std::string server_name;
};
/// The first address that a connection can be made to; else how the last attempt ended.
rt::Task<rt::IoResult<Dialled>> dial_in_turn(rt::Loop& loop, rt::Dialer& dialer, DialTo to,
                                             rt::Deadline deadline, rt::Cancellation& cancellation);

}  // namespace reeve::upstream
