// SPDX-License-Identifier: Apache-2.0
// Any bytes as a PROXY header: what is said of a prefix stays true with more bytes, no byte behind the prefix is
// read, and a header is bounded.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "http/proxy_protocol.h"

namespace {

using namespace reeve::http;

void require(bool holds) {
  if (!holds) std::abort();
}

bool same(const ProxyHeader& a, const ProxyHeader& b) {
  return a.state == b.state && a.consumed == b.consumed && a.source == b.source;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const ProxyHeader whole = parse_proxy_header(bytes);
  if (whole.state == ProxyHeaderState::Incomplete) require(size < kProxyHeaderMax);
  if (whole.state == ProxyHeaderState::Complete)
    require(whole.consumed <= size && whole.consumed <= kProxyHeaderMax);
  for (std::size_t i = 0; i < size && i < 300; ++i) {
    const auto copy = std::make_unique<char[]>(i);
    bytes.copy(copy.get(), i);
    const ProxyHeader prefix = parse_proxy_header({copy.get(), i});
    require(prefix.state == ProxyHeaderState::Incomplete || same(prefix, whole));
    if (whole.state == ProxyHeaderState::Complete)
      require((prefix.state == ProxyHeaderState::Incomplete) == (i < whole.consumed));
  }
  return 0;
}
