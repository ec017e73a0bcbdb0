// SPDX-License-Identifier: Apache-2.0
// rt::Dialer over real sockets: one for each reactor, which its connections live on. Used by the upstream
// pools and by the refresh of key sets. Names are resolved before; what a failure means is judged above.
#pragma once

#include <memory>

#include "net/reactor.h"
#include "rt/doors.h"

namespace reeve::net {

class Dialer final : public rt::Dialer {
 public:
  /// `offload` is where TLS does what blocks (loading the system's certificates).
  Dialer(Reactor& reactor, rt::Offload& offload) : reactor_(reactor), offload_(offload) {}

  std::shared_ptr<rt::TlsClientContext> tls_context(const rt::TlsClientSettings& settings) override;
  rt::Task<rt::IoResult<std::unique_ptr<rt::Stream>>> dial(Target target, rt::Deadline deadline,
                                                           rt::Cancellation* cancellation) override;

 private:
  Reactor& reactor_;
  rt::Offload& offload_;
};

}  // namespace reeve::net
