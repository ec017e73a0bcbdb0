// SPDX-License-Identifier: Apache-2.0
// The steps of a request, in the order in which serve_request.cpp takes them. A step is a Task only if it
// must wait. Each has its file.
#pragma once

#include "base/error.h"
#include "proxy/request.h"
#include "rt/task.h"

namespace reeve::proxy {

/// Names the request (ids, client address, host) and refuses what no route can serve: unknown methods, loops,
/// a gateway that is about to stop. [admit.cpp]
Result<void> admit(Request& request);
/// Its part that every answer needs: the request id and the trace context, the client's or made.
void name_request(Request& request);

/// Takes the path's normal form, and what may be written down of it. [find_route.cpp]
http::PathFlaw take_path(Request& request);
/// Normal form of the path, then the route by host, path, method and conditions. [find_route.cpp]
Result<void> find_route(Request& request);

/// Who it is, by the credential that the route accepts. [identify.cpp]
void identify(Request& request);

/// The decision on everything that is known now, then the counters. [judge.cpp]
Result<void> judge(Request& request);
/// The refusal of a request that no route can serve: the same error, with the decision made as far as it
/// goes.
Error reject(Request& request, const Error& flaw);
/// The refusal for a check that failed.
Error refusal_by(Request& request, Check check);

/// The request's decision id, sealed at its first use: with the status when the answer's head is written,
/// without it when a template needs it before. [seal.cpp]
std::string_view sealed(Request& request, std::uint16_t status = 0);

/// Answers that need no upstream: OPTIONS *, a preflight, redirect, respond. True: request.answer is filled.
/// A preflight is judged by the checks up to the route's network. [answer.cpp]
Result<bool> answer_options_or_preflight(Request& request);
bool answer_by_route(Request& request);
/// `redirect: https` of a listener: 308 to the same host and target.
bool answer_https_redirect(Request& request);
/// The refusal for an error, as RFC 9457 or plain text. [refuse.cpp]
void answer_refusal(Request& request, const Error& error);

/// Sends the request to the route's upstream, as often as the rules allow, and the answer to the client. An
/// error with head_sent unset has to be answered. [forward.cpp]
rt::Task<Result<void>> forward(Request& request);

/// Metrics and the access log; called exactly once a request. Never waits, so that nothing can skip it.
/// [finish.cpp]
void finish(Request& request, const Result<void>& outcome);

}  // namespace reeve::proxy
