// SPDX-License-Identifier: Apache-2.0
// The process_* families that Prometheus clients have by convention, and reeve_build_info. Reads /proc at
// every scrape, on the control thread.
#pragma once

#include <string>

#include "telemetry/prometheus.h"

namespace reeve::telemetry {

void write_process_metrics(PrometheusText& text);
void write_build_info(PrometheusText& text, std::string_view version, std::string_view commit);

}  // namespace reeve::telemetry
