// SPDX-License-Identifier: Apache-2.0
// The life of a request, from the parsed head to the log line. run_steps returns early; serve calls finish
// exactly once, whatever happened. docs/request-path.md shows the same as a picture.
#include "proxy/gateway.h"
#include "proxy/steps.h"

namespace reeve::proxy {

namespace {

enum class Next : std::uint8_t { Answer, Forward };

// Steps gather facts; judge decides on all of them at once, in the order of the contract, 4.2. Only what
// makes a request unfit for any route ends it before. CORS preflights are answered before credentials, which
// a browser does not send with them.
Result<Next> run_steps(Request& request) {
  if (Result<void> admitted = admit(request); !admitted)
    return std::unexpected(reject(request, admitted.error()));
  if (answer_https_redirect(request)) return Next::Answer;
  RV_TRY(answered, answer_options_or_preflight(request));
  if (answered) return Next::Answer;
  if (Result<void> found = find_route(request); !found)
    return std::unexpected(reject(request, found.error()));
  identify(request);
  if (Result<void> judged = judge(request); !judged) return std::unexpected(judged.error());
  if (answer_by_route(request)) return Next::Answer;
  return Next::Forward;
}

}  // namespace

rt::Task<> Gateway::serve(server::Exchange& exchange) {
  Request request(*this, exchange, generation_.pin());
  Result<void> outcome;
  if (Result<Next> next = run_steps(request); !next) {
    outcome = std::unexpected(next.error());
  } else if (*next == Next::Forward) {
    outcome = co_await forward(request);
  }
  if (!outcome && !request.head_sent) answer_refusal(request, outcome.error());
  if (!request.answer.empty()) {
    const rt::IoStatus status = co_await exchange.stream.write(rt::WriteList(std::move(request.answer)),
                                                               loop_.now(), exchange.body_idle);
    if (status != rt::IoStatus::Ok) {
      exchange.close = true;
      if (outcome) outcome = std::unexpected(exchange::error_of(status, exchange::Side::Client));
    }
  }
  finish(request, outcome);
}

}  // namespace reeve::proxy
