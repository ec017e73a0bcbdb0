// SPDX-License-Identifier: Apache-2.0
// What one request pays for its counters: a limit alone, the usual three, many subjects in turns (with what
// the caches miss), one subject for all threads, a newcomer each time.
#include <benchmark/benchmark.h>

#include <fmt/format.h>

#include <memory>

#include "limits/world_test_support.h"

namespace reeve::limits {
namespace {

struct Fixture {
  explicit Fixture(std::vector<policy::Limit> limits, std::size_t callers = 1) : world(std::move(limits)) {
    world.snapshot.callers.resize(callers);
    for (std::size_t i = 0; i < callers; ++i) world.snapshot.callers[i].name = fmt::format("caller-{:07}", i);
  }
  World world;
};

/// What the reactor does a request, with the decision at hand.
struct Request {
  explicit Request(const World& world) : facts(world.facts()) { world.decide(decision, 0); }
  bool go(World& world) {
    Taken taken;
    return world.table.charge(world.binding, world.snapshot, facts, decision, MonoTime{world.mono}, taken,
                              charged);
  }
  policy::Facts facts;
  policy::Decision decision;
  Charged charged;
};

void one_rate(benchmark::State& state) {
  Fixture f({rate("posting", 1'000'000'000, 1ns)});
  Request request(f.world);
  for (auto _ : state) benchmark::DoNotOptimize(request.go(f.world));
}
BENCHMARK(one_rate);

void concurrency_rate_and_quota(benchmark::State& state) {
  Fixture f({concurrency("parallel", 10), rate("posting", 1'000'000'000, 1ns),
             quota("monthly", std::uint64_t{1} << 39, policy::QuotaPeriod::Month)});
  Request request(f.world);
  for (auto _ : state) benchmark::DoNotOptimize(request.go(f.world));
}
BENCHMARK(concurrency_rate_and_quota);

void refused(benchmark::State& state) {
  Fixture f({rate("posting", 1, 1h)});
  Request request(f.world);
  for (auto _ : state) benchmark::DoNotOptimize(request.go(f.world));
}
BENCHMARK(refused);

void subjects_in_turns(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Fixture f({rate("posting", 1'000'000, 1s)}, count);
  Request request(f.world);
  std::uint64_t next = 1;
  for (std::size_t i = 0; i < count; ++i) {
    request.decision.caller = static_cast<std::uint32_t>(i);
    request.go(f.world);
  }
  for (auto _ : state) {
    next = next * 6364136223846793005u + 1442695040888963407u;
    request.decision.caller = static_cast<std::uint32_t>((next >> 33) % count);
    benchmark::DoNotOptimize(request.go(f.world));
  }
  const Table::Stats stats = f.world.table.stats(f.world.now());
  state.counters["live"] = static_cast<double>(stats.live);
  state.counters["bytes_each"] = static_cast<double>(stats.reserved * 16) / static_cast<double>(stats.live);
}
BENCHMARK(subjects_in_turns)->Arg(100)->Arg(10'000)->Arg(1'000'000);

void newcomers(benchmark::State& state) {
  Fixture f({rate("knocks", 5, 1ms, policy::SubjectPart::Ip)});
  Request request(f.world);
  std::uint32_t next = 0;
  for (auto _ : state) {
    next += 0x9e3779b1;
    request.facts.client =
        IpAddress::v4({static_cast<std::uint8_t>(next >> 24), static_cast<std::uint8_t>(next >> 16),
                       static_cast<std::uint8_t>(next >> 8), static_cast<std::uint8_t>(next)});
    f.world.mono += 100ns;
    benchmark::DoNotOptimize(request.go(f.world));
  }
}
BENCHMARK(newcomers);

void one_subject_for_all(benchmark::State& state) {
  static std::unique_ptr<Fixture> f;
  if (state.thread_index() == 0)
    f = std::make_unique<Fixture>(std::vector{rate("posting", 1'000'000'000, 1ns)});
  std::unique_ptr<Request> request;
  for (auto _ : state) {
    if (!request) request = std::make_unique<Request>(f->world);
    benchmark::DoNotOptimize(request->go(f->world));
  }
}
BENCHMARK(one_subject_for_all)->Threads(1)->Threads(2);

void checkpoint(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  Fixture f({rate("posting", 1'000'000, 1s)}, count);
  Request request(f.world);
  for (std::size_t i = 0; i < count; ++i) {
    request.decision.caller = static_cast<std::uint32_t>(i);
    request.go(f.world);
  }
  for (auto _ : state) benchmark::DoNotOptimize(f.world.table.checkpoint(f.world.now()));
}
BENCHMARK(checkpoint)->Arg(10'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace reeve::limits
