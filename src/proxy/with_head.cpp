// SPDX-License-Identifier: Apache-2.0
// Joins a head and the first bytes of a body for one write, in both directions. Owns nothing, waits for
// nothing; the limit is the only thing that is decided here.
#include "proxy/message_heads.h"

namespace reeve::proxy {

rt::WriteList with_head(rt::Buffer head, rt::WriteList body) {
  constexpr std::size_t kJoinMax = 4096;  // measured: architecture, 4
  if (body.count == 1 && head.size() + body.buffers[0].size() <= kJoinMax) {
    head.append(body.buffers[0].view());
    return rt::WriteList(std::move(head));
  }
  rt::WriteList all(std::move(head));
  for (std::uint8_t i = 0; i < body.count; ++i) all.add(std::move(body.buffers[i]));
  return all;
}

}  // namespace reeve::proxy
