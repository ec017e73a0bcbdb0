// SPDX-License-Identifier: Apache-2.0
// The admin API at a glance: one line a resource. Read by the handler for each request; what a resource
// answers is in its own file.
#include <array>

#include "admin/config.h"
#include "admin/explain.h"
#include "admin/health.h"
#include "admin/metrics.h"
#include "admin/openapi.h"
#include "admin/plan.h"
#include "admin/reload.h"
#include "admin/stats.h"

namespace reeve::admin {

namespace {

constexpr std::size_t kExplainBody = 256 * 1024;
// A whole configuration, escaped.
constexpr std::size_t kPlanBody = 80 * 1024 * 1024;
constexpr std::size_t kReloadBody = 64 * 1024;

constexpr std::array<Resource, 10> kResources{{
    {.path = "/healthz", .method = "GET", .open = true, .answer = healthz},
    {.path = "/readyz", .method = "GET", .open = true, .answer = readyz},
    {.path = "/metrics", .method = "GET", .open = true, .answer = metrics},
    {.path = "/openapi.json", .method = "GET", .answer = openapi},
    {.path = "/v1/config", .method = "GET", .answer = config},
    {.path = "/v1/decisions/", .method = "GET", .answer = explain_decision},
    {.path = "/v1/explain", .method = "POST", .body_max = kExplainBody, .answer = explain_question},
    {.path = "/v1/plan", .method = "POST", .body_max = kPlanBody, .answer = plan},
    {.path = "/v1/reload", .method = "POST", .body_max = kReloadBody, .answer = reload},
    {.path = "/v1/stats", .method = "GET", .answer = stats},
}};

}  // namespace

std::span<const Resource> resources() {
  return kResources;
}

}  // namespace reeve::admin
