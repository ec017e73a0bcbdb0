// SPDX-License-Identifier: Apache-2.0
#include "admin/health.h"

namespace reeve::admin {

rt::Task<Answer> healthz(Call&) {
  co_return Answer{.body = R"({"status":"ok"})"};
}

rt::Task<Answer> readyz(Call& call) {
  if (call.control.ready()) co_return Answer{.body = R"({"status":"ready"})"};
  co_return problem({.code = Code::Draining,
                     .detail = "This gateway takes no new traffic: it is starting or shutting down.",
                     .fix = "Send requests to another instance, or ask again in a moment."});
}

}  // namespace reeve::admin
