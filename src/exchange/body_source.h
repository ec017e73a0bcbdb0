// SPDX-License-Identifier: Apache-2.0
// A body is a source that is read: whoever wants the next bytes asks for them, so back-pressure needs no
// code. A filter (meter, limit, later translation and compression) is a source around a source. Used towards
// clients and upstreams alike; one reader, one reactor.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "http/message.h"
#include "rt/buffer.h"
#include "rt/deadline.h"
#include "rt/task.h"

namespace reeve::exchange {

/// How the bytes of a Part stand on the wire.
enum class Coding : std::uint8_t {
  Identity,  ///< the body's bytes themselves
  Chunked,   ///< with the chunk framing as it came, to be forwarded in one piece
};

struct Part {
  rt::Buffer bytes;           ///< may be empty when `last`
  std::uint64_t content = 0;  ///< body bytes among them, framing left out
  bool last = false;          ///< the body ends here
  bool terminated = false;    ///< with Chunked and last: the last chunk `0` stands in `bytes` already
};

enum class Pull : std::uint8_t { Ready, Wait, Failed };

class BodySource {
 public:
  virtual ~BodySource() = default;

  virtual Coding coding() const = 0;
  /// What is at hand without waiting. Ready: `part` is filled. Failed: see error().
  virtual Pull try_read(Part& part) = 0;
  /// The next part, waiting for it. Not called after the last one or after a failure.
  virtual rt::Task<Result<Part>> read(rt::Deadline deadline) = 0;
  virtual const Error& error() const = 0;
  /// Trailer fields that came behind the last part, valid until the next message; null if none did.
  virtual const http::Head* trailers() const = 0;
};

}  // namespace reeve::exchange
