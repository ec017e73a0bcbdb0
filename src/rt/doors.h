// SPDX-License-Identifier: Apache-2.0
// The doors to the world other than streams and time: names, connections, random bits, blocking work, other
// threads. net implements them for real, the simulator from a seed; whoever needs one is given it.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "rt/cancellation.h"
#include "rt/deadline.h"
#include "rt/io_status.h"
#include "rt/stream.h"
#include "rt/task.h"

namespace reeve::rt {

/// Messages to another thread's loop. Safe from any thread; runs there in order, in its next turn.
class Mailbox {
 public:
  virtual ~Mailbox() = default;
  virtual void post(std::move_only_function<void()> message) = 0;
};

class Random {
 public:
  virtual ~Random() = default;
  /// Unpredictable bits, fit for keys.
  virtual void fill(std::span<std::byte> bytes) = 0;
};

/// Blocking work on a pool of threads with a bounded queue.
class Offload {
 public:
  virtual ~Offload() = default;
  /// Runs `work` on a pool thread, then continues here. Exhausted when the queue is full.
  virtual Task<IoStatus> run(std::move_only_function<void()> work) = 0;
};

struct ResolvedName {
  std::vector<IpAddress> addresses;  ///< not empty
  Duration ttl;                      ///< until they should be asked for again
};

class Resolver {
 public:
  virtual ~Resolver() = default;
  /// A literal address resolves to itself for ever. NameNotFound, NameFailed, TimedOut, Cancelled.
  virtual Task<IoResult<ResolvedName>> resolve(std::string host, Deadline deadline) = 0;
  /// The end is near: whoever waits in resolve(), and whoever asks later, gets Cancelled.
  virtual void give_up() {}
};

/// What a TLS connection to an upstream is made with.
struct TlsClientSettings {
  std::string ca_pem;  ///< empty = the system store, loaded on first need, off the reactors
  bool verify = true;
  std::string cert_pem;
  std::string key_pem;
  bool operator==(const TlsClientSettings&) const = default;
};

/// Made once for each upstream from its settings, shared by reactors and connections; keeps sessions to resume.
class TlsClientContext {
 public:
  virtual ~TlsClientContext() = default;
  /// Why the last handshake failed, for logs; never key material. Any thread.
  virtual std::string last_failure() const { return {}; }
};

class Dialer {
 public:
  virtual ~Dialer() = default;
  /// Settings were judged when the configuration was loaded.
  virtual std::shared_ptr<TlsClientContext> tls_context(const TlsClientSettings& settings) = 0;

  struct Target {
    Endpoint endpoint;
    TlsClientContext* tls = nullptr;  ///< null = plain; outlives the dialling
    std::string server_name;          ///< SNI and the name that the certificate must carry
  };
  /// Connects (TCP_NODELAY) and, with `tls`, shakes hands. Refused, Unreachable, TimedOut, Cancelled, TlsFailed,
  /// NoDescriptors. `cancellation` may be null.
  virtual Task<IoResult<std::unique_ptr<Stream>>> dial(Target target, Deadline deadline,
                                                       Cancellation* cancellation) = 0;
};

}  // namespace reeve::rt
