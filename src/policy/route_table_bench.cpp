// SPDX-License-Identifier: Apache-2.0
// One look-up among 10 and among 10,000 routes of the same shape: the same route is asked for again and again
// (code alone), and routes in turns (with what the caches miss).
#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include "policy/route_table.h"

namespace reeve::policy {
namespace {

struct Fixture {
  explicit Fixture(int count) {
    for (int i = 0; i < count; ++i) {
      Route route;
      route.methods = {"GET"};
      PathPattern pattern;
      const auto literal = [&](std::string text) {
        pattern.segments.push_back({PathPattern::Kind::Literal, std::move(text), ""});
      };
      literal("api");
      literal(fmt::format("service-{:05}", i));
      pattern.segments.push_back({PathPattern::Kind::Parameter, "", "id"});
      literal("items");
      table.add("", pattern, static_cast<std::uint32_t>(i), route);
      routes.push_back(route);
    }
    head.method = http::Method::Get;
    head.method_text = "GET";
  }
  void ask(int i) {
    text = fmt::format("/api/service-{:05}/4711/items", i);
    path.text = text;
    path.segments.clear();
    for (std::size_t begin = 1; begin <= text.size();) {
      const std::size_t slash = std::min(text.find('/', begin), text.size());
      path.segments.push_back(std::string_view(text).substr(begin, slash - begin));
      begin = slash + 1;
    }
  }
  std::vector<Route> routes;
  RouteTable table;
  http::RequestHead head;
  std::string text;
  http::Path path;
};

void same_route(benchmark::State& state) {
  Fixture f(static_cast<int>(state.range(0)));
  f.ask(7);
  RouteMatch match;
  for (auto _ : state) {
    f.table.find("example.com", f.path, f.head, f.routes, match);
    benchmark::DoNotOptimize(match.route);
  }
}
BENCHMARK(same_route)->Arg(10)->Arg(10000);

void routes_in_turns(benchmark::State& state) {
  Fixture f(static_cast<int>(state.range(0)));
  RouteMatch match;
  std::uint64_t next = 1;
  for (auto _ : state) {
    next = next * 6364136223846793005u + 1442695040888963407u;
    f.ask(static_cast<int>((next >> 33) % static_cast<std::uint64_t>(state.range(0))));
    f.table.find("example.com", f.path, f.head, f.routes, match);
    benchmark::DoNotOptimize(match.route);
  }
}
BENCHMARK(routes_in_turns)->Arg(10)->Arg(10000);

}  // namespace
}  // namespace reeve::policy
