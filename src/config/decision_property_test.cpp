// SPDX-License-Identifier: Apache-2.0
// The way from a YAML text to an outcome — loader, route table, credentials, decision, counters — against a
// second, deliberately simple evaluator that was written from the contract: thousands of random policies,
// each with a sequence of requests while clocks run, jump and are set back. A failure prints seed, policy and
// request.
#include <gtest/gtest.h>

#include <cstdlib>
#include <list>

#include "base/prng.h"
#include "config/load_test_support.h"
#include "config/property_counters_test_support.h"
#include "config/property_random_test_support.h"
#include "crypto/engine.h"
#include "identity/credential.h"
#include "limits/table.h"
#include "policy/facts.h"
#include "policy/hypothetical.h"

namespace reeve::config::simple {
namespace {

constexpr int kRequests = 16;

/// Other numbers for long hunts, and for one seed again: REEVE_SEED=… REEVE_POLICIES=….
std::uint64_t number_from(const char* variable, std::uint64_t standard) {
  const char* text = std::getenv(variable);
  return text == nullptr ? standard : std::stoull(text);
}

std::string text_of(const Request& request) {
  std::string out =
      fmt::format("{} http://{}{}{}{}\nfrom {} at {} + {} ns\n", request.method, request.host, request.path,
                  request.query.empty() ? "" : "?", request.query, request.client.value_or("nowhere"),
                  time_text(request.wall_ns / 1'000'000'000 / 2 * 2), request.wall_ns % 2'000'000'000);
  for (const auto& [name, value] : request.headers) out += name + ": " + value + "\n";
  if (!request.flaw.empty()) out += "flaw: " + request.flaw + "\n";
  return out;
}

/// As the gateway's own steps do it (proxy/identify.cpp, proxy/judge.cpp).
class Product {
 public:
  explicit Product(const LoadResult& loaded)
      : snapshot_(*loaded.snapshot), table_({3, 4}, {.first_bits = 7, .chunks = 2}) {}
  void bind(const Request& now) { binding_ = table_.bind(snapshot_, now_of(now)); }

  struct Answer {
    Checks checks;
    std::string route, caller, key;
    Texts charges;
    Texts exhausted;
    bool concealed = false;
    bool admitted = false;
  };
  Answer ask(const Request& request, limits::Taken& taken) {
    policy::Hypothetical asked(snapshot_);
    policy::Hypothesis hypothesis{.method = request.method, .url = {}, .headers = request.headers};
    hypothesis.url = fmt::format("http://{}{}{}{}", request.host, request.path,
                                 request.query.empty() ? "" : "?", request.query);
    if (request.client) hypothesis.from = IpAddress::parse(*request.client);
    hypothesis.at = now_of(request).wall;
    const auto prepared = asked.prepare(hypothesis);
    EXPECT_TRUE(prepared) << prepared.error();
    policy::Facts& facts = asked.facts();
    if (!request.flaw.empty()) {
      facts = policy::facts_of(asked.head(), hypothesis.from, hypothesis.at);
      facts.request_flaw = code_named(request.flaw);
    }
    const MonoTime mono = now_of(request).mono;
    if (const policy::Route* route = asked.route()) {
      identity::Identified identified;
      identity::identify(asked.head(), route->acceptance,
                         {.keys = snapshot_.keys, .environment = snapshot_.environment, .now = facts.now},
                         engine_, identified);
      facts.credential = identified.verdict;
      facts.knocking = table_.knocking(binding_, snapshot_, facts, facts.route, mono).limit;
    }
    policy::Decision decision;
    asked.decide(decision);
    Answer answer;
    for (const policy::Charge& charge : decision.charges)
      answer.charges.push_back(snapshot_.limits[charge.limit].name);
    answer.concealed = policy::conceals(snapshot_, facts, decision);
    for (std::size_t i = 0; i < kCheckCount; ++i)
      answer.checks[std::string(name(static_cast<Check>(i)))] = told(decision.checks[i]);
    const std::optional<Check> refused = decision.refused_by();
    if (refused && *refused >= Check::Route && *refused <= Check::Quarantine && *refused != Check::IpLimit)
      table_.count_refused(binding_, snapshot_, facts, decision.route, mono);
    limits::Charged charged;
    if (!refused) {
      answer.admitted = table_.charge(binding_, snapshot_, facts, decision, mono, taken, charged);
      policy::conclude(snapshot_, charged.standings, decision);
      EXPECT_EQ(answer.admitted, !decision.refused_by());
      for (const policy::Standing& standing : charged.standings)
        if (standing.exhausted) answer.exhausted.push_back(snapshot_.limits[standing.limit].name);
    }
    if (decision.route != policy::kNone) answer.route = snapshot_.routes[decision.route].name;
    if (decision.caller != policy::kNone) answer.caller = snapshot_.callers[decision.caller].name;
    if (decision.key != policy::kNone) answer.key = snapshot_.keys.id(decision.key);
    return answer;
  }
  static limits::Now now_of(const Request& request) {
    return {MonoTime{Duration{request.mono_ns}}, WallTime{Duration{request.wall_ns}}};
  }

 private:
  static std::string told(const policy::CheckOutcome& outcome) {
    switch (outcome.result) {
      case policy::CheckResult::Skipped:
        return "skipped";
      case policy::CheckResult::Pass:
        return "pass";
      case policy::CheckResult::Depends:
        return "depends";
      case policy::CheckResult::Unknown:
        return "unknown";
      case policy::CheckResult::Fail:
        break;
    }
    return std::string(facts(outcome.code).name);
  }

  const policy::Snapshot& snapshot_;
  limits::Table table_;
  limits::Binding binding_;
  crypto::Engine engine_;
};

/// What was seen, so that the chances above are known to reach what they are meant to.
using Seen = std::map<std::string, int>;

/// One policy, both evaluators, one request after the other.
class Comparison {
 public:
  Comparison(Chance& chance, const Policy& policy, const LoadResult& loaded, std::int64_t moment, Seen& seen)
      : chance_(chance), policy_(policy), product_(loaded), counters_(policy), seen_(seen) {
    wall_ = (moment + chance.between(-3 * kHour, 3 * kHour)) * 1'000'000'000;
    Request now;
    stamp(now);
    product_.bind(now);
  }

  /// False: they disagree.
  bool next() {
    // Who was admitted asks again: so limits are met.
    const bool again = again_ ? !chance_.one_in(6) : number_ > 0 && chance_.one_in(4);
    Request request = again ? last_ : random_request(chance_, policy_);
    pass_time();
    stamp(request);
    last_ = request;
    again_ = false;
    ++number_;
    const Outcome expected =
        evaluate(policy_, request, [&](const Route* route) { return counters_.knocked(route, request); });
    limits::Taken taken;
    const Product::Answer answer = product_.ask(request, taken);
    for (const std::string& check : kOrder) {
      EXPECT_EQ(answer.checks.at(check), expected.checks.at(check)) << check;
      ++seen_[expected.checks.at(check)];
    }
    EXPECT_EQ(answer.charges, expected.charges);
    EXPECT_EQ(answer.concealed, expected.concealed);
    EXPECT_EQ(answer.route, expected.route == nullptr ? "" : expected.route->name);
    EXPECT_EQ(answer.caller, expected.caller == nullptr ? "" : expected.caller->name);
    if (expected.key != nullptr) EXPECT_EQ(answer.key, expected.key->id);
    count(request, expected, answer, std::move(taken));
    if (chance_.one_in(3)) finish_one();
    if (testing::Test::HasFailure()) ADD_FAILURE() << "request " << number_ << ": " << text_of(request);
    return !testing::Test::HasFailure();
  }

 private:
  struct Open {
    int number;
    limits::Taken taken;
  };

  void stamp(Request& request) const {
    request.mono_ns = mono_;
    request.wall_ns = wall_;
  }

  /// Mostly onwards; the wall also jumps, and reactors do not read their clocks at the same moment.
  void pass_time() {
    const auto both = [&](std::int64_t microseconds) {
      mono_ += microseconds * 1000;
      wall_ += microseconds * 1000;
    };
    switch (chance_.below(20)) {
      case 0:
        return both(chance_.between(0, 3 * 3'600'000'000));
      case 1:
        wall_ += chance_.between(-3'000'000, 3'000'000) * 1000;
        return;
      case 2:
        wall_ += chance_.between(-40 * 60, 40 * 60) * 1'000'000'000;
        return;
      case 3:
        mono_ -= chance_.between(0, 20'000) * 1000;
        return;
      case 4:
      case 5:
      case 6:
        return both(chance_.between(0, 120'000'000));
      case 7:
      case 8:
      case 9:
      case 10:
        return both(chance_.between(0, 2'000'000));
      case 11:
      case 14:
        return to_next_unit();
      case 12:
      case 13: {
        // Exactly when hours or windows begin and end, or just before.
        const std::int64_t rest = wall_ / 1000 % 1'800'000'000;
        return both(1'800'000'000 - rest - (chance_.one_in(3) ? 1 : 0));
      }
      default:
        return;
    }
  }

  /// Exactly when some rate's unit comes back, or a nanosecond before.
  void to_next_unit() {
    if (policy_.limits.empty()) return;
    const Limit& limit = chance_.of(policy_.limits);
    if (limit.kind != "rate") return;
    const std::int64_t span = limit.time_ns / limit.count - (chance_.one_in(2) ? 1 : 0);
    mono_ += span;
    wall_ += span;
  }

  void count(const Request& request, const Outcome& expected, const Product::Answer& answer,
             limits::Taken taken) {
    const std::string first = first_failing(expected.checks);
    if (!first.empty()) {
      EXPECT_FALSE(answer.admitted);
      if (Checks::place(first) >= Checks::place("route") &&
          Checks::place(first) <= Checks::place("quarantine") && first != "ip_limit")
        counters_.count_refused(expected.route, request);
      return;
    }
    bool refused = false;
    Texts full;
    for (const std::string& name : expected.charges) {
      const Limit& limit = limit_named(policy_, name);
      const std::string subject = subject_of(policy_, limit, request, expected);
      const bool told = contains(answer.exhausted, name);
      if (counters_.exhausted(limit, subject, request)) {
        EXPECT_TRUE(told || answer.exhausted.empty()) << name << " has no room";
        full.push_back(name);
        refused |= !limit.dry_run;
        ++seen_[limit.kind + " exhausted"];
      } else if (told) {
        EXPECT_TRUE(counters_.loose(limit, subject, request)) << name << " has room";
        refused |= !limit.dry_run;
        full.push_back(name);
      }
    }
    EXPECT_EQ(answer.exhausted, full);
    EXPECT_EQ(answer.admitted, !refused);
    if (refused) return;
    ++seen_["admitted"];
    again_ = !expected.charges.empty();
    for (const std::string& name : expected.charges) {
      const Limit& limit = limit_named(policy_, name);
      if (!contains(full, name))
        counters_.take(limit, subject_of(policy_, limit, request, expected), request, number_);
    }
    open_.push_back({number_, std::move(taken)});
  }

  /// A request that is open ends, or is refused late (by its body, by an upstream that is not reached).
  void finish_one() {
    if (open_.empty()) return;
    const auto chosen = std::next(open_.begin(), static_cast<std::ptrdiff_t>(chance_.below(open_.size())));
    if (chance_.one_in(3)) {
      Request now;
      stamp(now);
      chosen->taken.give_back(Product::now_of(now));
      counters_.give_back(chosen->number, now);
      ++seen_["given back"];
    } else {
      chosen->taken.release();
      counters_.end(chosen->number);
    }
    open_.erase(chosen);
  }

  Chance& chance_;
  const Policy& policy_;
  Product product_;
  Counters counters_;
  Seen& seen_;
  std::list<Open> open_;
  Request last_;
  bool again_ = false;  ///< it was admitted, under some limit
  int number_ = 0;
  std::int64_t mono_ = 3'600'000'000'000;
  std::int64_t wall_ = 0;
};

TEST(DecisionProperty, AgreesWithASimpleEvaluatorOfTheContract) {
  Seen seen;
  const std::uint64_t first = number_from("REEVE_SEED", 20261124);
  const std::uint64_t policies = number_from("REEVE_POLICIES", 2000);
  for (std::uint64_t seed = first; seed < first + policies; ++seed) {
    Chance chance(seed);
    const std::int64_t moment = chance.of(kMoments);
    const Policy policy = random_policy(chance, moment);
    const std::string text =
        yaml(policy, [](const std::string& secret) { return crypto::sha256_hex(secret); });
    const std::string told_of = fmt::format("seed {}\n{}", seed, text);
    const LoadResult loaded = Asked{}.load(text);
    ASSERT_TRUE(loaded.ok()) << told(loaded) << "\n" << told_of;
    Comparison comparison(chance, policy, loaded, moment, seen);
    for (int i = 0; i < kRequests; ++i)
      if (!comparison.next()) FAIL() << told_of;
  }
  if (policies < 2000) return;
  for (const char* result : {"pass",
                             "skipped",
                             "unknown",
                             "depends",
                             "admitted",
                             "given back",
                             "request-malformed",
                             "upgrade-refused",
                             "draining",
                             "route-not-found",
                             "method-not-allowed",
                             "ip-blocked",
                             "ip-not-allowed",
                             "rate-limited",
                             "credential-missing",
                             "credential-misplaced",
                             "credential-malformed",
                             "credential-unknown",
                             "credential-ambiguous",
                             "credential-expired",
                             "credential-revoked",
                             "credential-not-yet-valid",
                             "credential-wrong-environment",
                             "permission-missing",
                             "outside-hours",
                             "body-too-large",
                             "body-type-refused",
                             "maintenance",
                             "rate exhausted",
                             "quota exhausted",
                             "concurrency exhausted"})
    EXPECT_GT(seen[result], 100) << result;
}

}  // namespace
}  // namespace reeve::config::simple
