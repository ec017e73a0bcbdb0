// SPDX-License-Identifier: Apache-2.0
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
