// SPDX-License-Identifier: Apache-2.0
// How long a configuration of many routes takes to load.
#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include "config/load.h"
#include "config/memory_doors.h"

namespace reeve::config {
namespace {

void load_routes(benchmark::State& state) {
  std::string yaml = "upstreams:\n  a: { targets: [ \"http://127.0.0.1:9000\" ] }\nroutes:\n";
  for (int i = 0; i < state.range(0); ++i)
    yaml += fmt::format(
        "  - name: route-{0}\n    match: {{ host: h{1}.example.com, path: \"/api/s{0}/{{id}}\", methods: [ "
        "GET, POST ] }}\n"
        "    authenticate: [ none ]\n    headers: {{ request: {{ set: {{ X-Route: \"${{route.name}}\" }} }} "
        "}}\n"
        "    upstream: a\n",
        i, i % 100);
  MemoryEnvironment environment;
  MemoryFiles files;
  files.put("reeve.yaml", yaml);
  for (auto _ : state) {
    const LoadResult result = load("reeve.yaml", environment, files);
    if (!result.ok()) state.SkipWithError("the configuration has errors");
    benchmark::DoNotOptimize(result.snapshot);
  }
}
BENCHMARK(load_routes)->Arg(10)->Arg(10000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace reeve::config
