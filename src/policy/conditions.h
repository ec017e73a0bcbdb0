// SPDX-License-Identifier: Apache-2.0
// Whether a request meets a route's conditions on header and query (rules, 2): a header condition holds when
// one field line equals the value, a query condition when one parameter, percent-decoded, does. Pure, no
// allocation.
#pragma once

#include <string_view>

#include "http/message.h"
#include "policy/route.h"

namespace reeve::policy {

bool header_holds(const Condition& condition, const http::Head& head);
/// `query` is the part after '?', as sent. '+' is a plus sign; a `%` without two digits stands for itself.
bool query_holds(const Condition& condition, std::string_view query);
/// All of the route's.
bool conditions_hold(const Route& route, const http::RequestHead& head);

/// No request could meet both, as far as a route tie is concerned: they demand different values of one field.
bool exclude_each_other(const std::vector<Condition>& a, const std::vector<Condition>& b);

}  // namespace reeve::policy
