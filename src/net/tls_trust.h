// SPDX-License-Identifier: Apache-2.0
// The machine's CA certificates, one store for the process, loaded when the first upstream needs it. Loading
// reads and parses some 140 certificates (21 ms), so it runs on the offload pool; once it is there, asking
// costs one uncontended lock a handshake.
#pragma once

#include <mutex>
#include <unordered_map>
#include <vector>

#include "crypto/openssl.h"
#include "rt/cancellation.h"
#include "rt/deadline.h"
#include "rt/doors.h"
#include "rt/loop.h"
#include "rt/task.h"
#include "rt/wait.h"

namespace reeve::net {

class SystemTrust {
 public:
  /// Null until load() has ended. The store itself is thread-safe.
  X509_STORE* store();
  /// Ok = store() is there. Many may wait at once, on any loops; each loop asks the pool once.
  rt::Task<rt::IoStatus> load(rt::Loop& loop, rt::Offload& offload, rt::Deadline deadline,
                              rt::Cancellation* cancellation);

 private:
  void load_now();

  std::mutex mutex_;  // of store_, waiting_
  std::mutex loading_;
  crypto::X509StorePtr store_;
  std::unordered_map<rt::Loop*, std::vector<rt::Event*>> waiting_;  // present = that loop's load is under way
};

}  // namespace reeve::net
