// SPDX-License-Identifier: Apache-2.0
// The request's body on its way to the upstream. What is at hand goes with the head; the rest is pumped
// beside the wait for the answer. Up to 64 KiB are remembered, so that another attempt can send them again.
// Belongs to one request, lives in the frame of forward.
#pragma once

#include <cstdint>
#include <optional>

#include "base/error.h"
#include "exchange/h1_writer.h"
#include "proxy/request.h"
#include "rt/scope.h"

namespace reeve::proxy {

class Upload {
 public:
  static constexpr std::size_t kReplayMax = 64 * 1024;  // contract, 2: retry's replay buffer

  explicit Upload(Request& request);

  /// Begins an attempt: adds to `list` what has to be sent again and what is at hand without waiting. False
  /// when the body is at fault, see error(). At most two buffers are added.
  bool begin(rt::WriteList& list);
  /// After the head has been written: pumps the rest to `upstream` in the background, if there is a rest.
  void start(rt::Stream& upstream, Duration idle);
  /// `co_await upload.stop()`: ends the pump. The client's connection stays usable, the upstream's is not.
  rt::Task<> stop();

  /// Every byte of the body has been handed over to the upstream of this attempt.
  bool complete() const { return sent_all_; }
  bool running() const { return scope_.running() != 0; }
  /// When the last byte went, or it was seen that no further one can; what the answer's deadline counts from.
  MonoTime completed_at() const { return completed_at_; }
  /// The client's body was at fault (too large, malformed, gone): the request cannot go on.
  const std::optional<Error>& error() const { return error_; }
  /// Another attempt can send the whole body.
  bool replayable() const { return replayable_; }
  /// Some of the body has been written to the upstream of this attempt.
  bool any_sent() const { return any_sent_; }

 private:
  rt::Task<> pump(rt::Stream& upstream, Duration idle);
  static rt::Task<> run_pump(Upload& upload, rt::Stream& upstream, Duration idle);
  bool count(const exchange::Part& part);
  void add(exchange::Part&& part, rt::WriteList& list);
  void remember(const rt::Buffer& bytes);
  bool fail(Error error);

  Request& request_;
  exchange::OutFraming framing_;
  rt::Buffer replay_;  // what has been taken from the client so far, as it goes on the wire
  bool replayable_ = true;
  bool taken_all_ = false;  // the client's last part has been taken
  bool sent_all_ = false;
  bool any_sent_ = false;
  MonoTime completed_at_{};
  std::optional<Error> error_;
  rt::Stream* upstream_ = nullptr;  // while the pump runs
  rt::Scope scope_;
};

}  // namespace reeve::proxy
