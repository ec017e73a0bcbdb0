// SPDX-License-Identifier: Apache-2.0
// What may be done with a field and what some values must look like (contract, 8; rules, 2 and 8): trailers,
// configuration edits, request ids, trace context, loops, upgrades. Asked by configuration and by the proxy
// while it builds heads. Pure.
#pragma once

#include <string_view>

#include "http/message.h"

namespace reeve::http {

/// A trailer field may be passed on: none that frames, routes, authenticates, modifies the request or
/// controls the answer (RFC 9110 6.5.1), none that Reeve itself writes or drops. Any name, any case.
bool may_be_trailer(std::string_view name);

/// Configuration may set or add this field: a token, and neither hop-by-hop nor Host, Content-Length or
/// `Reeve-*`.
bool may_be_set(std::string_view name);

/// A line that is not passed on unless the route keeps it: hop-by-hop, `Reeve-*` but `Reeve-Tag`, names with
/// '_', X-Original-URL, X-Rewrite-URL. What Reeve rebuilds (Via, X-Forwarded-*, …) is not among them.
bool is_dropped(const FieldLine& line);

/// X-Request-Id that is kept: 1 to 128 of [A-Za-z0-9._-].
bool is_request_id(std::string_view text);

/// traceparent that is kept (W3C Trace Context level 1, 3.2): version 00 exactly, later ones by their prefix.
bool is_traceparent(std::string_view text);

/// Some Via line says that `pseudonym` has received this message before (RFC 9110 7.6.3). Comments are not
/// understood, on purpose: an open parenthesis must not hide what follows it.
bool via_names(const Head& head, std::string_view pseudonym);

/// What the Upgrade lines ask for (RFC 9110 7.8), versions left out.
struct UpgradeTokens {
  bool websocket = false;
  bool h2c = false;
  bool other = false;  ///< any other token, or something that is none
};
UpgradeTokens upgrade_tokens(const Head& head);

}  // namespace reeve::http
