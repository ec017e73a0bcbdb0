// SPDX-License-Identifier: Apache-2.0
// Both versions, told apart by their first byte; whatever is neither is malformed as soon as that can be
// seen.
#include "http/proxy_protocol.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace reeve::http {

namespace {

constexpr std::string_view kSignature1 = "PROXY ";
constexpr std::size_t kLineMax = 107;  // with CRLF
constexpr std::string_view kSignature2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixed2 = 16;  // signature, version and command, family, length

ProxyHeader malformed(std::string_view what) {
  return {.state = ProxyHeaderState::Malformed, .context = what};
}
ProxyHeader complete(std::size_t consumed, std::optional<IpEndpoint> source) {
  return {.state = ProxyHeaderState::Complete, .consumed = consumed, .source = source};
}

// Takes the next word off `rest`, which single spaces separate.
std::string_view next_word(std::string_view& rest) {
  const std::size_t space = rest.find(' ');
  const std::string_view word = rest.substr(0, space);
  rest = space == std::string_view::npos ? std::string_view{} : rest.substr(space + 1);
  return word;
}

std::optional<std::uint16_t> read_port(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return ascii::parse_decimal<std::uint16_t>(text);
}

std::optional<IpAddress> read_address(std::string_view text, bool v6) {
  if ((text.find(':') != std::string_view::npos) != v6) return std::nullopt;
  return IpAddress::parse(text);
}

ProxyHeader parse_version_1(std::string_view bytes) {
  const std::string_view window = bytes.substr(0, kLineMax);
  const std::size_t stop = window.find_first_of(std::string_view("\r\n\0", 3));
  if (stop == std::string_view::npos)
    return window.size() == kLineMax ? malformed("a PROXY line without end") : ProxyHeader{};
  if (window[stop] != '\r') return malformed("an odd byte in a PROXY line");
  if (stop + 1 == window.size())
    return window.size() == kLineMax ? malformed("a PROXY line without end") : ProxyHeader{};
  if (window[stop + 1] != '\n') return malformed("an odd byte in a PROXY line");
  const std::size_t consumed = stop + 2;

  std::string_view rest = window.substr(kSignature1.size(), stop - kSignature1.size());
  const std::string_view family = next_word(rest);
  if (family == "UNKNOWN") return complete(consumed, std::nullopt);
  if (family != "TCP4" && family != "TCP6") return malformed("an unknown family in a PROXY line");
  const bool v6 = family == "TCP6";
  const auto source = read_address(next_word(rest), v6);
  const auto destination = read_address(next_word(rest), v6);
  const auto source_port = read_port(next_word(rest));
  const auto destination_port = read_port(rest);  // the last word: a space in it is refused with it
  if (!source || !destination || !source_port || !destination_port)
    return malformed("a PROXY line without addresses");
  return complete(consumed, IpEndpoint{*source, *source_port});
}

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}
std::uint16_t word_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint16_t>(byte_at(bytes, i) << 8 | byte_at(bytes, i + 1));
}

template <std::size_t N>
std::array<std::uint8_t, N> take_bytes(std::string_view bytes) {
  std::array<std::uint8_t, N> taken;
  for (std::size_t i = 0; i < N; ++i) taken[i] = byte_at(bytes, i);
  return taken;
}

ProxyHeader parse_version_2(std::string_view bytes) {
  constexpr std::uint8_t kLocal = 0x20;
  constexpr std::uint8_t kProxy = 0x21;
  constexpr std::size_t kAddresses4 = 12;
  constexpr std::size_t kAddresses6 = 36;
  constexpr std::size_t kAddressesUnix = 216;
  if (bytes.size() > 12 && byte_at(bytes, 12) != kLocal && byte_at(bytes, 12) != kProxy)
    return malformed("an unknown version or command in a PROXY header");
  if (bytes.size() < kFixed2) return {};
  const std::size_t length = word_at(bytes, 14);
  const std::size_t consumed = kFixed2 + length;
  if (consumed > kProxyHeaderMax) return malformed("a PROXY header that is too long");
  if (bytes.size() < consumed) return {};
  // LOCAL is the balancer's own connection (a health check): its address bytes say nothing.
  if (byte_at(bytes, 12) == kLocal) return complete(consumed, std::nullopt);

  const std::string_view addresses = bytes.substr(kFixed2, length);
  switch (byte_at(bytes, 13)) {
    case 0x00:  // UNSPEC
      return complete(consumed, std::nullopt);
    case 0x11:  // TCP over IPv4
      if (length < kAddresses4) break;
      return complete(consumed, IpEndpoint{IpAddress::v4(take_bytes<4>(addresses)), word_at(addresses, 8)});
    case 0x21:  // TCP over IPv6
      if (length < kAddresses6) break;
      return complete(consumed, IpEndpoint{IpAddress::v6(take_bytes<16>(addresses)), word_at(addresses, 32)});
    case 0x31:  // Unix stream
      if (length < kAddressesUnix) break;
      return complete(consumed, std::nullopt);
    default:  // datagrams cannot have come over a stream
      return malformed("an unknown family in a PROXY header");
  }
  return malformed("a PROXY header without addresses");
}

bool may_begin(std::string_view bytes, std::string_view signature) {
  const std::size_t size = std::min(bytes.size(), signature.size());
  return bytes.substr(0, size) == signature.substr(0, size);
}

}  // namespace

ProxyHeader parse_proxy_header(std::string_view bytes) {
  if (may_begin(bytes, kSignature1))
    return bytes.size() < kSignature1.size() ? ProxyHeader{} : parse_version_1(bytes);
  if (may_begin(bytes, kSignature2)) return parse_version_2(bytes);
  return malformed("the connection does not begin with a PROXY header");
}

}  // namespace reeve::http
