// SPDX-License-Identifier: Apache-2.0
#include "admin/metrics.h"

namespace reeve::admin {

rt::Task<Answer> metrics(Call& call) {
  Answer answer{.type = telemetry::kPrometheusType};
  call.registry.render(answer.body);
  co_return answer;
}

}  // namespace reeve::admin
