// SPDX-License-Identifier: Apache-2.0
// `expect:`, the policy's own tests, and whether they hold in the configuration that was just compiled. What
// a request would meet is policy's answer; here are only the entry's words.
#include <fmt/format.h>

#include "config/compile.h"
#include "config/grammar.h"
#include "config/suggest.h"
#include "config/values.h"
#include "policy/expectations.h"

namespace reeve::config {

namespace {

using yaml::Node;

bool read_request(const Node& value, policy::Expectation& out, Context& context) {
  const std::size_t space = value.text.find(' ');
  out.method = value.text.substr(0, space);
  if (space != std::string::npos) out.url = value.text.substr(space + 1);
  if (out.url.starts_with("http://") || out.url.starts_with("https://")) return true;
  context.findings.error(rule::kBadValue, value.at, fmt::format("{} is not a request", quoted(value.text)),
                         "write the method and the URL, such as POST http://api.example.com/posts");
  return false;
}

bool read_outcome(const Node& node, policy::Expectation& out, Context& context) {
  const yaml::Entry* allow = node.find_entry("allow");
  const yaml::Entry* deny = node.find_entry("deny");
  if ((allow == nullptr) == (deny == nullptr)) {
    context.findings.error(
        allow == nullptr ? rule::kMissingKey : rule::kBadValue, node.first_key(),
        allow == nullptr ? "nothing says what is expected" : "both `allow` and `deny` are expected",
        "write `allow: true`, or `deny:` with true or the code of the refusal");
    return false;
  }
  if (allow != nullptr) {
    if (allow->value.bad) return false;
    out.allow = boolean(node, "allow").value_or(true);
    if (!out.allow)
      context.findings.error(rule::kBadValue, allow->value.at, "`allow: false` leaves open what is expected",
                             "write `deny: true`, or `deny:` with the code of the refusal");
    return out.allow;
  }
  if (deny->value.bad) return false;
  if (deny->value.text == "true") return true;
  out.deny = code_named(deny->value.text);
  if (out.deny && *out.deny != Code::ClientClosed) return true;  // that one is only ever logged
  std::vector<std::string_view> codes;
  for (std::size_t i = 0; i < kCodeCount; ++i) codes.push_back(facts(static_cast<Code>(i)).name);
  context.findings.error(rule::kBadValue, deny->value.at,
                         fmt::format("{} is no code of a refusal{}", quoted(deny->value.text),
                                     did_you_mean(deny->value.text, codes)),
                         "write a code such as permission-missing, or true for any");
  return false;
}

bool read_circumstances(const Node& node, policy::Expectation& out, Context& context,
                        const policy::Snapshot& snapshot) {
  bool fine = true;
  const auto fail = [&](std::string_view id, const Node& value, std::string text, std::string fix) {
    context.findings.error(id, value.at, std::move(text), std::move(fix));
    fine = false;
  };
  if (const Node* as = get(node, "as")) {
    out.as = as->text;
    if (out.as != "anonymous" && snapshot.find_caller(out.as) == policy::kNone) {
      std::vector<std::string_view> names;
      if (context.may_compare(snapshot.callers.size()))
        for (const policy::Caller& caller : snapshot.callers) names.push_back(caller.name);
      fail(rule::kUnknownName, *as,
           fmt::format("there is no caller {}{}", quoted(out.as), did_you_mean(out.as, names)),
           "name a declared caller, or anonymous");
    }
  }
  if (const Node* from = get(node, "from")) {
    out.from = IpAddress::parse(from->text);
    if (!out.from)
      fail(rule::kBadValue, *from, fmt::format("{} is not an address", quoted(from->text)),
           "write an IPv4 or IPv6 address");
  }
  if (const Node* at = get(node, "at")) {
    out.time = parse_time(at->text);
    if (!out.time)
      fail(rule::kBadValue, *at, fmt::format("{} is not a time", quoted(at->text)),
           "write a time with its zone such as 2026-11-24T10:00:00Z");
  }
  return fine;
}

}  // namespace

void compile_expectations(const Node& root, Context& context, policy::Snapshot& snapshot) {
  const Node* list = get(root, "expect");
  if (list == nullptr) return;
  for (const Node& item : list->items) {
    const Node* request = item.bad ? nullptr : get(item, "request");
    if (request == nullptr) continue;
    policy::Expectation expectation;
    expectation.at = item.first_key();
    const bool circumstances = read_circumstances(item, expectation, context, snapshot);
    const bool asked = read_request(*request, expectation, context);
    const bool outcome = read_outcome(item, expectation, context);
    if (circumstances && asked && outcome) snapshot.expectations.push_back(std::move(expectation));
  }
}

void check_expectations(Context& context, const policy::Snapshot& snapshot) {
  for (const policy::Unmet& unmet : policy::unmet_expectations(snapshot))
    context.findings.error(
        rule::kExpectFailed, unmet.expectation->at, unmet.text,
        "correct the rule that decides, or the expectation if it is out of date; `reeve explain` "
        "shows which rule it is");
}

}  // namespace reeve::config
