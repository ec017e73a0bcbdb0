// SPDX-License-Identifier: Apache-2.0
// The program `reeve_simulate`: runs seeds until one breaks a promise, or looks for planted bugs. Its last
// line is the sum; it exits with 1 when anything failed.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "sim/bodies.h"
#include "sim/simulation.h"

namespace reeve::sim {
namespace {

constexpr std::string_view kUsage =
    "usage: reeve_simulate [--seeds N] [--first S] [--seed S [--verbose]] [--plant N|all] [--requests N]\n"
    "  --seeds N     so many seeds, from --first on (200, from 1)\n"
    "  --seed S      this seed alone, twice; --verbose shows what happens\n"
    "  --plant N     look for planted bug N, or for all of them, within the seeds\n"
    "  --requests N  of each seed (1000)\n";

struct Arguments {
  std::uint64_t seeds = 200;
  std::uint64_t first = 1;
  std::optional<std::uint64_t> seed;
  std::uint64_t requests = 1000;
  unsigned plant_from = 0;
  unsigned plant_to = 0;
  bool verbose = false;
};

struct Sum {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
};

std::optional<Arguments> parse(int count, char** words) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (word == "--verbose") {
      arguments.verbose = true;
      continue;
    }
    if (i + 1 == count) return std::nullopt;
    const std::string_view text = words[++i];
    if (word == "--plant" && text == "all") {
      arguments.plant_from = 1;
      arguments.plant_to = kPlants;
      continue;
    }
    const std::optional<std::uint64_t> number = number_of(text);
    if (!number) return std::nullopt;
    if (word == "--seeds") {
      arguments.seeds = *number;
    } else if (word == "--first") {
      arguments.first = *number;
    } else if (word == "--seed") {
      arguments.seed = *number;
    } else if (word == "--requests") {
      arguments.requests = *number;
    } else if (word == "--plant" && *number >= 1 && *number <= kPlants) {
      arguments.plant_from = arguments.plant_to = static_cast<unsigned>(*number);
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

void show_failure(std::uint64_t seed, const Report& report) {
  fmt::print("{}sim --seed={}: promise {} is broken: {}\n", report.last_events, seed,
             static_cast<unsigned>(report.violation->promise), report.violation->text);
}

/// Twice where asked: the same seed must give the same run.
Report run_seed(const Options& options, bool twice) {
  Report report = simulate(options);
  if (!twice || report.violation) return report;
  Options again = options;
  again.verbose = false;
  const Report second = simulate(again);
  if (second.hash != report.hash)
    report.violation = Violation{
        Promise::SameTrace, fmt::format("trace {:016x}, the second time {:016x}", report.hash, second.hash)};
  return report;
}

void run_one(const Arguments& arguments, Sum& sum) {
  const Report report = run_seed({*arguments.seed, arguments.requests, Plant::None, arguments.verbose}, true);
  if (report.violation) show_failure(*arguments.seed, report);
  ++(report.violation ? sum.failed : sum.passed);
  fmt::print(
      "seed {}: {} requests on {} connections, {} whole answers, {} generations, {} events, {:.1f} s of "
      "virtual time, trace {:016x}\n",
      *arguments.seed, report.requests, report.connections, report.whole_answers, report.generations,
      report.events, std::chrono::duration<double>(report.lasted).count(), report.hash);
}

void run_many(const Arguments& arguments, Sum& sum) {
  constexpr std::uint64_t kTwice = 20;  // every so manieth
  const bool terminal = ::isatty(STDOUT_FILENO) != 0;
  std::uint64_t requests = 0;
  std::uint64_t connections = 0;
  std::uint64_t whole = 0;
  for (std::uint64_t i = 0; i < arguments.seeds; ++i) {
    const std::uint64_t seed = arguments.first + i;
    const Report report = run_seed({seed, arguments.requests, Plant::None, false}, i % kTwice == 0);
    if (report.violation) show_failure(seed, report);
    ++(report.violation ? sum.failed : sum.passed);
    requests += report.requests;
    connections += report.connections;
    whole += report.whole_answers;
    if (terminal) fmt::print("\r{} of {} seeds", i + 1, arguments.seeds);
    if (terminal) std::fflush(stdout);
  }
  if (terminal) fmt::print("\r");
  fmt::print("{} seeds: {} requests on {} connections, {} whole answers\n", arguments.seeds, requests,
             connections, whole);
}

void find_plants(const Arguments& arguments, Sum& sum) {
  for (unsigned number = arguments.plant_from; number <= arguments.plant_to; ++number) {
    const auto plant = static_cast<Plant>(number);
    bool found = false;
    for (std::uint64_t i = 0; i < arguments.seeds && !found; ++i) {
      const std::uint64_t seed = arguments.first + i;
      const Report report = simulate({seed, arguments.requests, plant, arguments.verbose});
      found = report.violation.has_value();
      if (found)
        fmt::print("planted bug {} ({}): found by seed {}, promise {}: {}\n", number, describe(plant), seed,
                   static_cast<unsigned>(report.violation->promise), report.violation->text);
    }
    if (!found)
      fmt::print("planted bug {} ({}): NOT found within {} seeds\n", number, describe(plant),
                 arguments.seeds);
    ++(found ? sum.passed : sum.failed);
  }
}

}  // namespace
}  // namespace reeve::sim

int main(int count, char** words) {
  using namespace reeve::sim;
  const std::optional<Arguments> arguments = parse(count, words);
  if (!arguments) {
    std::fputs(kUsage.data(), stderr);
    return 2;
  }
  Sum sum;
  if (arguments->plant_to != 0) {
    find_plants(*arguments, sum);
  } else if (arguments->seed) {
    run_one(*arguments, sum);
  } else {
    run_many(*arguments, sum);
  }
  fmt::print("{} passed, {} failed\n", sum.passed, sum.failed);
  return sum.failed == 0 ? 0 : 1;
}
