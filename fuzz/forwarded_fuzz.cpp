// SPDX-License-Identifier: Apache-2.0
// Any field lines, asked who the client is, by each kind of field; X-Forwarded-For against a plain reading of
// the rule. What is written for the upstream is read back as the same client.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "http/accept.h"
#include "http/forwarded.h"
#include "http/h1/parse.h"

namespace {

using namespace reeve;
using namespace reeve::http;

void require(bool holds) {
  if (!holds) std::abort();
}

bool trusted(const std::optional<IpAddress>& hop) {
  return hop && hop->is_v4() && hop->bytes()[0] == 10;
}

const IpAddress kPeer = IpAddress::v4({10, 0, 0, 1});

std::optional<IpAddress> by_the_rule(const Head& head) {
  std::string joined;
  for (const FieldLine& line : head.fields)
    if (line.id == FieldId::XForwardedFor) joined.append(head.value(line)).append(",");
  std::vector<std::string_view> entries;
  ascii::for_each_element(joined, [&](std::string_view entry) {
    if (!entry.empty()) entries.push_back(entry);
    return true;
  });
  std::optional<IpAddress> client = kPeer;
  for (std::size_t i = entries.size(); i != 0 && entries.size() - i < kHopsMax && trusted(client); --i) {
    const auto hop = parse_hop(entries[i - 1]);
    if (!hop) break;
    client = hop;
  }
  return client;
}

void check_written(const ClientAddress& from, std::string_view header) {
  std::string value(kForwardedForMax * 2, '\0');
  value.resize(header == "forwarded"
                   ? write_forwarded(from, kPeer, "a:80", "https", value.data(), value.size())
                   : write_forwarded_for(from, kPeer, value.data(), value.size()));
  require(!value.empty());
  if (from.hops.size() + 2 > kHopsMax) return;
  const std::string text = std::string(header) + ": " + value + "\r\n\r\n";
  Head head;
  std::uint32_t scanned = 0;
  require(h1::parse_trailers(text, 1 << 20, scanned, head).state == h1::ParseState::Complete);
  ClientAddress again;
  client_address(head, header, IpAddress::v4({10, 0, 0, 2}), trusted, again);
  require(again.client == from.client);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Head head;
  std::uint32_t scanned = 0;
  if (h1::parse_trailers(bytes, 1 << 16, scanned, head).state != h1::ParseState::Complete) return 0;
  ClientAddress from;
  for (const char* header : {"x-forwarded-for", "forwarded", "x-real-ip"}) {
    client_address(head, header, kPeer, trusted, from);
    require(from.client.has_value() && from.hops.size() < kHopsMax);
    for (const IpAddress& hop : from.hops) require(trusted(hop));
    check_written(from, "forwarded");
    check_written(from, "x-forwarded-for");
    if (std::string_view(header) == "x-forwarded-for") require(from.client == by_the_rule(head));
    client_address(head, header, IpAddress::v4({1, 1, 1, 1}), trusted, from);
    require(from.client == IpAddress::v4({1, 1, 1, 1}) && !from.from_field);
  }
  accepts_json(head);
  return 0;
}
