// SPDX-License-Identifier: Apache-2.0
// A request that was never sent (contract, 1, `reeve explain`; 2, `expect`): written out as HTTP/1.1 and read
// by the same parser, routed and judged by the same functions as live ones. Only who it is has to be said by
// whoever asks. Pure; used by the policy's own tests and by explanations.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/authority.h"
#include "http/path.h"
#include "policy/decision.h"

namespace reeve::policy {

struct Hypothesis {
  std::string method;
  std::string url;  ///< http://host/path?query or https://…
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<IpAddress> from;
  bool any_address = false;  ///< networks pass, whatever `from` is
  WallTime at{};
  bool any_time = false;  ///< hours pass, whatever `at` is
};

/// Owns the texts that facts and decision point into; stays where it is.
class Hypothetical {
 public:
  explicit Hypothetical(const Snapshot& snapshot) : snapshot_(snapshot) {}
  Hypothetical(const Hypothetical&) = delete;
  Hypothetical& operator=(const Hypothetical&) = delete;

  /// Reads and routes it; once. The error is for people: what is wrong with the method, URL or a header. A
  /// path that no gateway would take is no error but a failed check `request`.
  std::expected<void, std::string> prepare(const Hypothesis& hypothesis);

  const http::RequestHead& head() const { return head_; }
  std::string_view host() const { return host_; }
  std::string_view path() const { return path_.text.empty() ? head_.path : path_.text; }
  /// Null when no route was found.
  const Route* route() const;

  Facts& facts() { return facts_; }
  const Facts& facts() const { return facts_; }
  /// What exactly is wrong with the request itself; static text.
  std::string_view flaw() const { return flaw_; }

  /// Nobody: what a request without a credential is worth on this route.
  void as_anonymous();
  /// A caller whose credential is taken for granted.
  void as(std::uint32_t caller);

  /// After one of them, or after facts().credential was set.
  void decide(Decision& decision) const { policy::decide(snapshot_, facts_, decision); }

 private:
  const Snapshot& snapshot_;
  std::string text_;
  http::RequestHead head_;
  http::HostBuffer host_form_;
  std::string_view host_;
  http::Path path_;
  RouteMatch match_;
  Facts facts_;
  std::string_view flaw_;
};

}  // namespace reeve::policy
