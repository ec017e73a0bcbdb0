// SPDX-License-Identifier: Apache-2.0
// What a scrape shows: sums over reactors, escaped labels, histograms that add up, also while reactors count.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <thread>

#include "telemetry/process_metrics.h"
#include "telemetry/registry.h"

namespace reeve::telemetry {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

std::string render(const Registry& registry) {
  std::string out;
  registry.render(out);
  return out;
}

/// Value of the sample with exactly that name and labels; -1 if it is not there.
double value(const std::string& text, const std::string& sample) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(sample + " ")) return std::stod(line.substr(sample.size() + 1));
  return -1;
}

TEST(Metrics, RequestsAreSummedOverReactors) {
  Registry registry;
  Shard& a = registry.add_shard();
  Shard& b = registry.add_shard();
  a.request(*a.route("posts"), http::Method::Get, 200, Origin::Upstream, milliseconds(3));
  b.request(*b.route("posts"), http::Method::Get, 200, Origin::Upstream, milliseconds(3));
  b.request(*b.route("posts"), http::Method::Post, 502, Origin::Gateway, milliseconds(3));
  b.request(*b.route(""), http::Method::Other, 404, Origin::Gateway, milliseconds(3));
  const std::string text = render(registry);
  EXPECT_EQ(value(text, R"(reeve_requests_total{route="posts",method="GET",status="200",origin="upstream"})"),
            2);
  EXPECT_EQ(value(text, R"(reeve_requests_total{route="posts",method="POST",status="502",origin="gateway"})"),
            1);
  EXPECT_EQ(value(text, R"(reeve_requests_total{route="",method="other",status="404",origin="gateway"})"), 1);
}

TEST(Stats, AQuantileLiesWithinTheBucketThatHoldsIt) {
  Durations durations;
  EXPECT_EQ(durations.quantile(0.5), std::nullopt);
  durations.buckets[1] = 10;  // up to 1 ms
  durations.buckets[4] = 10;  // 5 to 10 ms
  EXPECT_EQ(durations.quantile(0.25), microseconds(750));
  EXPECT_EQ(durations.quantile(0.75), microseconds(7500));
  EXPECT_EQ(durations.quantile(1), milliseconds(10));
  durations.buckets.back() = 80;  // beyond the last bound nothing is known but that
  EXPECT_EQ(durations.quantile(0.99), kBuckets.back());
}

TEST(Stats, SumsUpReactorsAndPutsTheMostFrequentRefusalFirst) {
  Registry registry;
  for (int i = 0; i < 2; ++i) {
    Shard& shard = registry.add_shard();
    RouteMetrics& route = *shard.route("posts");
    shard.request(route, http::Method::Get, 403, Origin::Gateway, milliseconds(3));
    shard.refusal(route, Code::PermissionMissing, Check::Permission);
    shard.connections_opened.add(2);
  }
  registry.add_shard().refusal(*registry.add_shard().route("a"), Code::RateLimited, Check::Rate);
  const Stats stats = registry.stats();
  EXPECT_EQ(stats.by_gateway, 2u);
  EXPECT_EQ(stats.by_upstream, 0u);
  EXPECT_EQ(stats.statuses.at(403), 2u);
  EXPECT_EQ(stats.connections_opened, 4u);
  ASSERT_EQ(stats.routes.size(), 1u);
  EXPECT_EQ(stats.routes[0].refusals, 2u);
  ASSERT_EQ(stats.refusals.size(), 2u);
  EXPECT_EQ(stats.refusals[0].kind.code, Code::PermissionMissing);
  EXPECT_EQ(stats.refusals[0].count, 2u);
}

TEST(Metrics, ARouteHasOneRowAReactor) {
  Registry registry;
  Shard& shard = registry.add_shard();
  EXPECT_EQ(shard.route("a"), shard.route(std::string("a")));
  EXPECT_NE(shard.route("a"), shard.route("b"));
}

TEST(Metrics, EveryStatusHasARowUpToTheBound) {
  Registry registry;
  Shard& shard = registry.add_shard();
  RouteMetrics& route = *shard.route("r");
  for (int round = 0; round < 2; ++round)
    for (std::uint16_t status = 100; status < 500; ++status)
      shard.request(route, http::Method::Get, status, Origin::Upstream, milliseconds(1));
  const std::string text = render(registry);
  for (int status = 100; status < 500; ++status)
    ASSERT_EQ(value(text, R"(reeve_requests_total{route="r",method="GET",status=")" + std::to_string(status) +
                              R"(",origin="upstream"})"),
              2);
}

TEST(Metrics, RowsBeyondTheBoundAreCountedTogether) {
  Registry registry;
  Shard& shard = registry.add_shard();
  RouteMetrics& route = *shard.route("r");
  double expected = 0;
  for (int method = 1; method < 4; ++method)
    for (std::uint16_t status = 100; status < 900; ++status, ++expected)
      shard.request(route, static_cast<http::Method>(method), status, Origin::Upstream, milliseconds(1));
  const std::string text = render(registry);
  std::istringstream lines(text);
  double sum = 0;
  int rows = 0;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("reeve_requests_total{")) {
      sum += std::stod(line.substr(line.rfind(' ')));
      ++rows;
    }
  EXPECT_EQ(sum, expected);
  EXPECT_LE(rows, 512);
  EXPECT_GT(value(text, R"(reeve_requests_total{route="r",method="other",status="other",origin="upstream"})"),
            1000);
}

TEST(Metrics, BucketsAreCumulativeAndIncludeTheirBound) {
  Registry registry;
  Shard& shard = registry.add_shard();
  RouteMetrics& route = *shard.route("r");
  for (Duration took : {Duration(microseconds(100)), Duration(milliseconds(1)),
                        Duration(milliseconds(1)) + Duration(1), Duration(std::chrono::minutes(2))})
    shard.request(route, http::Method::Get, 200, Origin::Upstream, took);
  const std::string text = render(registry);
  EXPECT_EQ(value(text, R"(reeve_request_duration_seconds_bucket{route="r",le="0.0005"})"), 1);
  EXPECT_EQ(value(text, R"(reeve_request_duration_seconds_bucket{route="r",le="0.001"})"), 2);
  EXPECT_EQ(value(text, R"(reeve_request_duration_seconds_bucket{route="r",le="0.0025"})"), 3);
  EXPECT_EQ(value(text, R"(reeve_request_duration_seconds_bucket{route="r",le="60"})"), 3);
  EXPECT_EQ(value(text, R"(reeve_request_duration_seconds_bucket{route="r",le="+Inf"})"), 4);
  EXPECT_EQ(value(text, R"(reeve_request_duration_seconds_count{route="r"})"), 4);
  EXPECT_NEAR(value(text, R"(reeve_request_duration_seconds_sum{route="r"})"), 120.0021, 1e-6);
}

TEST(Metrics, RefusalsNameCodeCheckAndRoute) {
  Registry registry;
  Shard& shard = registry.add_shard();
  shard.refusal(*shard.route("r"), Code::BodyTooLarge, Check::Body);
  shard.refusal(*shard.route(""), Code::RouteNotFound, Check::Route);
  shard.refusal(*shard.route("r"), Code::IpBlocked, Check::CallerNetwork);
  const std::string text = render(registry);
  EXPECT_EQ(value(text, R"(reeve_refusals_total{code="body-too-large",check="body",route="r"})"), 1);
  EXPECT_EQ(value(text, R"(reeve_refusals_total{code="ip-blocked",check="caller_network",route="r"})"), 1);
  EXPECT_EQ(value(text, R"(reeve_refusals_total{code="route-not-found",check="route",route=""})"), 1);
}

TEST(Metrics, TotalsAreSummedOverReactors) {
  Registry registry;
  Shard& a = registry.add_shard();
  Shard& b = registry.add_shard();
  a.connections_opened.add(5);
  b.connections_opened.add(1);
  a.log_lines_dropped.add(2);
  b.log_lines_lost.add(3);
  EXPECT_EQ(value(render(registry), "reeve_connections_opened_total"), 6);
  EXPECT_EQ(value(render(registry), "reeve_access_log_dropped_total"), 5);
}

TEST(Metrics, EveryFamilyHasHelpAndTypeOnce) {
  Registry registry;
  Shard& shard = registry.add_shard();
  shard.request(*shard.route("r"), http::Method::Get, 200, Origin::Upstream, milliseconds(1));
  registry.add_collector([](PrometheusText& text) {
    write_process_metrics(text);
    write_build_info(text, "1.2.3", "abc");
  });
  const std::string text = render(registry);
  std::istringstream lines(text);
  std::set<std::string> typed;
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) continue;
    if (line.starts_with("# TYPE ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(typed.insert(family).second) << family;
      EXPECT_THAT(text, HasSubstr("# HELP " + family + " "));
      continue;
    }
    EXPECT_TRUE(line.starts_with(family)) << line;
  }
  EXPECT_EQ(value(text, R"(reeve_build_info{version="1.2.3",commit="abc"})"), 1);
  EXPECT_GT(value(text, "process_resident_memory_bytes"), 100000);
  EXPECT_GT(value(text, "process_open_fds"), 2);
  EXPECT_GT(value(text, "process_start_time_seconds"), 1.5e9);
  EXPECT_EQ(value(text, "reeve_internal_errors_total"), 0);
}

TEST(Metrics, LabelsAndHelpAreEscaped) {
  std::string out;
  PrometheusText text(out);
  text.family("f", MetricKind::Gauge, "a\\b\nc\"d");
  text.sample({{"l", "x\"y\\z\nw"}}, 1.5);
  EXPECT_EQ(out, "# HELP f a\\\\b\\nc\"d\n# TYPE f gauge\nf{l=\"x\\\"y\\\\z\\nw\"} 1.5\n");
}

// For TSan: a scrape walks while a reactor counts and rows and routes appear.
TEST(Metrics, AScrapeMayRunBesideAReactor) {
  Registry registry;
  Shard& shard = registry.add_shard();
  std::atomic<bool> end{false};
  std::thread reactor([&] {
    for (std::uint16_t status = 100; status < 600; ++status) {
      RouteMetrics& route = *shard.route("r" + std::to_string(status % 7));
      shard.request(route, http::Method::Get, status, Origin::Gateway, milliseconds(1));
      shard.refusal(route, Code::Draining, Check::Request);
    }
    end = true;
  });
  while (!end) EXPECT_THAT(render(registry), Not(HasSubstr("status=\"000\"")));
  reactor.join();
  double sum = 0;
  const std::string text = render(registry);
  for (int i = 0; i < 7; ++i)
    sum += value(text, R"(reeve_request_duration_seconds_count{route="r)" + std::to_string(i) + "\"}");
  EXPECT_EQ(sum, 500);
}

}  // namespace
}  // namespace reeve::telemetry
