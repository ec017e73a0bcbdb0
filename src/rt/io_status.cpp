// SPDX-License-Identifier: Apache-2.0
#include "rt/io_status.h"

namespace reeve::rt {

std::string_view describe(IoStatus status) {
  switch (status) {
    case IoStatus::Ok: return "ok";
    case IoStatus::Eof: return "the peer closed the connection";
    case IoStatus::TimedOut: return "timed out";
    case IoStatus::Cancelled: return "cancelled";
    case IoStatus::Reset: return "the peer reset the connection";
    case IoStatus::Truncated: return "the TLS connection ended without close_notify";
    case IoStatus::TlsFailed: return "the TLS handshake or a record failed";
    case IoStatus::Refused: return "the connection was refused";
    case IoStatus::Unreachable: return "the address is unreachable";
    case IoStatus::NoDescriptors: return "out of descriptors or ports";
    case IoStatus::NameNotFound: return "the name does not exist";
    case IoStatus::NameFailed: return "the name could not be resolved";
    case IoStatus::Exhausted: return "a limit of the gateway was reached";
    case IoStatus::Failed: return "failed";
  }
  return "failed";
}

}  // namespace reeve::rt
