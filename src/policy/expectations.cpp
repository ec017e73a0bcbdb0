// SPDX-License-Identifier: Apache-2.0
#include "policy/expectations.h"

#include "policy/hypothetical.h"

namespace reeve::policy {

namespace {

/// Empty = as expected.
std::string difference(const Snapshot& snapshot, const Expectation& expected) {
  Hypothetical request(snapshot);
  Hypothesis hypothesis{.method = expected.method, .url = expected.url, .headers = {}};
  hypothesis.from = expected.from;
  hypothesis.any_address = !expected.from;
  hypothesis.at = expected.time.value_or(WallTime{});
  hypothesis.any_time = !expected.time;
  if (auto prepared = request.prepare(hypothesis); !prepared) return prepared.error();
  if (expected.as == "anonymous") {
    request.as_anonymous();
  } else {
    request.as(snapshot.find_caller(expected.as));
  }
  Decision decision;
  request.decide(decision);
  const std::optional<Check> refused_by = decision.refused_by();
  if (expected.allow) {
    if (!refused_by) return {};
    return std::string("expected to be allowed, but it is refused: ")
        .append(reeve::facts(decision[*refused_by].code).name);
  }
  std::string wanted = "expected to be refused";
  if (expected.deny) wanted.append(" with ").append(reeve::facts(*expected.deny).name);
  if (!refused_by) return wanted + ", but it is allowed";
  const Code code = decision[*refused_by].code;
  if (!expected.deny || code == *expected.deny) return {};
  return wanted.append(", but it is refused with ").append(reeve::facts(code).name);
}

}  // namespace

std::vector<Unmet> unmet_expectations(const Snapshot& snapshot) {
  std::vector<Unmet> unmet;
  for (const Expectation& expected : snapshot.expectations)
    if (std::string text = difference(snapshot, expected); !text.empty())
      unmet.push_back({&expected, std::move(text)});
  return unmet;
}

}  // namespace reeve::policy
