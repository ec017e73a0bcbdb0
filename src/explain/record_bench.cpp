// SPDX-License-Identifier: Apache-2.0
// Writing a record, as for every answer: of an ordinary size, and with a path that has to be cut.
#include <benchmark/benchmark.h>

#include "explain/record.h"

namespace reeve::explain {
namespace {

void encode_record(benchmark::State& state) {
  const std::string path = "/posts/" + std::string(static_cast<std::size_t>(state.range(0)), 'p');
  Record record;
  record.time = WallTime(std::chrono::seconds(1'795'521'600));
  record.client = record.peer = IpAddress::v4({203, 0, 113, 9});
  record.method = http::Method::Post;
  record.status = 201;
  record.checks.fill(policy::CheckResult::Pass);
  record.route = std::string_view("publish-post");
  record.caller = std::string_view("ci-bot");
  record.key = std::string_view("7Qd2XkPa");
  record.host = std::string_view("api.example.com");
  record.path = path;
  std::array<std::uint8_t, kRecordMost> out;
  for (auto _ : state) {
    benchmark::DoNotOptimize(encode(record, out));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(encode_record)->Arg(0)->Arg(200)->Arg(16'000);

}  // namespace
}  // namespace reeve::explain
