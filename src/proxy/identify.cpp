// SPDX-License-Identifier: Apache-2.0
// Between the route and the decision: the credential that counts, and whose it is. What it is worth for the
// route is a fact like others; judge.cpp asks about it.
#include "identity/credential.h"
#include "proxy/steps.h"

namespace reeve::proxy {

void identify(Request& r) {
  if (r.route == nullptr) return;
  const identity::KeyRules rules{
      .keys = r.snapshot.keys, .environment = r.snapshot.environment, .now = r.facts.now};
  identity::identify(r.head(), r.route->acceptance, rules, r.gateway.engine(), r.identified);
  r.facts.credential = r.identified.verdict;
  if (r.identified.removal.query.empty()) return;
  r.query_without_credential.resize(r.head().query.size());
  r.query_without_credential.resize(
      identity::copy_query(r.head().query, r.identified.removal, r.query_without_credential.data()));
}

}  // namespace reeve::proxy
