// SPDX-License-Identifier: Apache-2.0
// The writing side: turns the parts of a body into what goes on the wire under the framing that the written
// head announced. Used towards clients and upstreams alike. Nothing here waits.
#pragma once

#include <cstdint>

#include "exchange/body_source.h"
#include "rt/stream.h"

namespace reeve::exchange {

/// Framing of an outgoing message.
enum class OutFraming : std::uint8_t {
  None,    ///< no body
  Length,  ///< Content-Length says it
  Chunked,
  UntilClose,  ///< towards HTTP/1.0 clients
};

/// Adds `part`, which came under `coding`, to `list` under `framing`. With the last part of a chunked body
/// the last chunk and those of `trailers` that may be forwarded are added. A chunked part cannot go under
/// Length or UntilClose: its source must decode (H1Reader::decode_chunks).
void frame(Part&& part, Coding coding, OutFraming framing, const http::Head* trailers, rt::WriteList& list);

}  // namespace reeve::exchange
