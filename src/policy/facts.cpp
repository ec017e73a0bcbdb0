// SPDX-License-Identifier: Apache-2.0
#include "policy/facts.h"

namespace reeve::policy {

Facts facts_of(const http::RequestHead& head, const std::optional<IpAddress>& client, WallTime now) {
  Facts facts;
  facts.head = &head;
  facts.client = client;
  facts.now = now;
  if (head.upgrade) facts.upgrade = http::upgrade_tokens(head);
  return facts;
}

void add_match(Facts& facts, const RouteMatch& match, const http::Path& path) {
  facts.routed = true;
  facts.match = match.kind;
  facts.encoded_slash = path.encoded_slash;
  if (match.kind == RouteMatch::Kind::NoRoute) return;
  facts.route = match.route;
  facts.resource = match.resource;
}

}  // namespace reeve::policy
