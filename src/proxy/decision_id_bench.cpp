// SPDX-License-Identifier: Apache-2.0
// All that an answer's decision id costs: record and seal, of an admitted request and of a refused one.
#include <benchmark/benchmark.h>

#include "proxy/decision_id.h"

namespace reeve::proxy {
namespace {

void seal_answer(benchmark::State& state, bool refused) {
  crypto::IdSealer sealer(crypto::IdKey(), 1, 0);
  explain::Record record;
  record.time = WallTime(std::chrono::seconds(1'795'521'600));
  record.client = record.peer = IpAddress::v4({203, 0, 113, 9});
  record.method = http::Method::Post;
  record.status = refused ? 403 : 201;
  if (refused) record.code = Code::PermissionMissing;
  record.checks.fill(policy::CheckResult::Pass);
  record.route = std::string_view("publish-post");
  record.caller = std::string_view("ci-bot");
  record.key = std::string_view("7Qd2XkPa");
  record.host = std::string_view("api.example.com");
  record.path = std::string_view("/posts");
  DecisionIdBuffer out;
  for (auto _ : state) {
    benchmark::DoNotOptimize(seal_decision(sealer, record, out));
    benchmark::ClobberMemory();
  }
}
BENCHMARK_CAPTURE(seal_answer, admitted, false);
BENCHMARK_CAPTURE(seal_answer, refused, true);

}  // namespace
}  // namespace reeve::proxy
