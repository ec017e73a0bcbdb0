// SPDX-License-Identifier: Apache-2.0
// How an operation on the outside world ended. Whose fault that is, and which refusal follows, only the layer
// above knows (base/error.h).
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>

namespace reeve::rt {

enum class [[nodiscard]] IoStatus : std::uint8_t {
  Ok,
  Eof,            ///< the peer has ended its direction in order
  TimedOut,       ///< the deadline passed
  Cancelled,
  Reset,          ///< connection reset or broken pipe
  Truncated,      ///< TLS: the connection ended without close_notify
  TlsFailed,      ///< handshake or record failure, certificate not accepted
  Refused,
  Unreachable,
  NoDescriptors,  ///< EMFILE, ENFILE, ENOBUFS, no free port
  NameNotFound,   ///< the name does not exist
  NameFailed,     ///< the name servers could not say
  Exhausted,      ///< a bound of Reeve's own was reached
  Failed,         ///< anything else
};

/// Static text for logs and error contexts.
std::string_view describe(IoStatus status);

template <class T>
using IoResult = std::expected<T, IoStatus>;

}  // namespace reeve::rt
