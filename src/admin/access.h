// SPDX-License-Identifier: Apache-2.0
// Who may speak to the admin API: the Host rule against DNS rebinding, and the bearer token. Asked by the
// Admin handler before a resource is. Pure.
#pragma once

#include <string_view>

#include "base/endpoint.h"
#include "http/message.h"

namespace reeve::admin {

/// Whether a request that names `authority` may be meant for this address. A page in an operator's browser
/// can make its own name resolve to the admin address, but it cannot make the browser send another Host: so
/// names are refused, but `localhost`. Of addresses the admin address itself and loopback are accepted; when
/// the admin address is a wildcard, every literal address is, since each may be one of the machine's. The
/// port may be any: tunnels and containers change it.
bool host_is_ours(std::string_view authority, const Endpoint& admin);

enum class TokenCheck { Accepted, Missing, Wrong };
/// `Authorization: Bearer <token>`, exactly one.
TokenCheck check_token(const http::RequestHead& head, std::string_view token);

}  // namespace reeve::admin
