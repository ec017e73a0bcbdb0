// SPDX-License-Identifier: Apache-2.0
// The rules of contract 2 "Which route" by example, and the table against a deliberately simple matcher that
// looks at every route, on thousands of random small tables.
#include "policy/route_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "base/ascii.h"
#include "base/prng.h"
#include "policy/conditions.h"

namespace reeve::policy {
namespace {

using Kind = RouteMatch::Kind;

PathPattern pattern_of(std::string_view text) {
  PathPattern pattern;
  text.remove_prefix(1);
  for (;;) {
    const std::size_t slash = text.find('/');
    const std::string_view segment = text.substr(0, slash);
    const std::size_t close = segment.find('}');
    if (close == std::string_view::npos)
      pattern.segments.push_back({PathPattern::Kind::Literal, std::string(segment), ""});
    else if (segment.ends_with("...}"))
      pattern.segments.push_back({PathPattern::Kind::Rest, "", std::string(segment.substr(1, close - 4))});
    else
      pattern.segments.push_back(
          {close + 1 < segment.size() ? PathPattern::Kind::ParameterWithSuffix : PathPattern::Kind::Parameter,
           std::string(segment.substr(close + 1)), std::string(segment.substr(1, close - 1))});
    if (slash == std::string_view::npos) return pattern;
    text.remove_prefix(slash + 1);
  }
}

void split(std::string_view text, http::Path& path) {
  path.text = text;
  path.segments.clear();
  for (std::size_t begin = 1;;) {
    const std::size_t slash = text.find('/', begin);
    path.segments.push_back(text.substr(begin, slash - begin));
    if (slash == std::string_view::npos) return;
    begin = slash + 1;
  }
}

/// A request head over its own text.
struct Request {
  http::RequestHead head;
  std::string text;
  std::string method_text;
  void method(std::string_view m) {
    method_text = m;
    head.method_text = method_text;
    head.method = m == "GET"       ? http::Method::Get
                  : m == "HEAD"    ? http::Method::Head
                  : m == "POST"    ? http::Method::Post
                  : m == "OPTIONS" ? http::Method::Options
                                   : http::Method::Other;
  }
  void header(std::string_view name, std::string_view value) {
    http::FieldLine line{};
    line.begin = static_cast<std::uint32_t>(text.size());
    line.name_length = static_cast<std::uint32_t>(name.size());
    line.value_begin = line.begin + line.name_length + 2;
    line.value_length = static_cast<std::uint32_t>(value.size());
    text += std::string(name) + ": " + std::string(value) + "\r\n";
    line.end = static_cast<std::uint32_t>(text.size());
    head.fields.push_back(line);
    head.data = text.data();
  }
};

struct Table {
  struct Row {
    std::string host;
    std::string path;
    std::uint32_t route;
  };
  std::vector<Route> routes;
  std::deque<Row> rows;
  RouteTable table;

  std::uint32_t add(std::string host, std::string path, std::vector<std::string> methods = {},
                    Route route = {}) {
    route.methods = std::move(methods);
    const auto index = static_cast<std::uint32_t>(routes.size());
    table.add(host, pattern_of(path), index, route);
    rows.push_back({std::move(host), std::move(path), index});
    routes.push_back(std::move(route));
    return index;
  }
  bool ties(std::string_view host, std::string_view path, const Route& route) const {
    return table.tie(host, pattern_of(path), route, routes).has_value();
  }
  /// "kind route parameters".
  std::string find(std::string_view host, std::string_view text, std::string_view method = "GET") const {
    Request request;
    request.method(method);
    return find(host, text, request);
  }
  std::string find(std::string_view host, std::string_view text, const Request& request) const {
    http::Path path;
    split(text, path);
    RouteMatch match;
    table.find(host, path, request.head, routes, match);
    return told(match);
  }
  static std::string told(const RouteMatch& match) {
    if (match.kind == Kind::NoRoute) return "none";
    if (match.kind == Kind::NoMethod) return "method";
    if (match.kind == Kind::NoCondition) return "condition";
    std::string text = std::to_string(match.route);
    for (const std::string_view value : match.parameters) text += " " + std::string(value);
    return text;
  }
};

TEST(RouteTable, ComparesPathsSegmentBySegmentFromTheLeft) {
  Table t;
  t.add("", "/a/{x}/c");
  t.add("", "/{x}/b/c");
  t.add("", "/a/b/d");
  t.add("", "/a/{x...}");
  t.add("", "/{x}:run/c");
  EXPECT_EQ(t.find("", "/a/b/c"), "0 b");  // /a/b leads nowhere with c: back to /a/{x}
  EXPECT_EQ(t.find("", "/a/b/d"), "2");
  EXPECT_EQ(t.find("", "/z/b/c"), "1 z");
  EXPECT_EQ(t.find("", "/a/b/e"), "3 b/e");
  EXPECT_EQ(t.find("", "/a/"), "3 ");
  EXPECT_EQ(t.find("", "/a"), "none");
  EXPECT_EQ(t.find("", "/q:run/c"), "4 q");
  EXPECT_EQ(t.find("", "/:run/c"), "none");  // {x} is not empty
  EXPECT_EQ(t.find("", "/x/y"), "none");
}

TEST(RouteTable, KnowsTrailingSlashesAndTheRoot) {
  Table t;
  t.add("", "/");
  t.add("", "/a/");
  t.add("", "/a/{r...}");
  t.add("", "/b/{x}");
  EXPECT_EQ(t.find("", "/"), "0");
  EXPECT_EQ(t.find("", "/a/"), "1");
  EXPECT_EQ(t.find("", "/a/q/"), "2 q/");
  EXPECT_EQ(t.find("", "/b/"), "none");
  Table all;
  all.add("", "/{rest...}");
  EXPECT_EQ(all.find("", "/"), "0 ");
  EXPECT_EQ(all.find("", "/x/y"), "0 x/y");
}

TEST(RouteTable, PrefersTheLongerLiteralAfterAParameter) {
  Table t;
  t.add("", "/{x}:go");
  t.add("", "/{x}:a:go");
  t.add("", "/{x}");
  EXPECT_EQ(t.find("", "/m:a:go"), "1 m");
  EXPECT_EQ(t.find("", "/m:b:go"), "0 m:b");
  EXPECT_EQ(t.find("", "/m:stop"), "2 m:stop");
}

TEST(RouteTable, TheFirstHostLevelWithAPathMatchDecides) {
  Table t;
  t.add("api.example.com", "/a");
  t.add("*.example.com", "/b");
  t.add("*.com", "/c");
  t.add("", "/{x...}");
  EXPECT_EQ(t.find("api.example.com", "/a"), "0");
  EXPECT_EQ(t.find("api.example.com", "/b"), "1");
  EXPECT_EQ(t.find("a.b.example.com", "/b"), "1");
  EXPECT_EQ(t.find("example.com", "/b"), "3 b");  // one or more labels before the suffix
  EXPECT_EQ(t.find("example.com", "/c"), "2");
  EXPECT_EQ(t.find("api.example.com", "/zz"), "3 zz");
  EXPECT_EQ(t.find("", "/a"), "3 a");
}

TEST(RouteTable, AMissingMethodIsNeverAFallThrough) {
  Table t;
  t.add("", "/a", {"POST"});
  Route hidden;
  hidden.hidden = true;
  t.add("", "/a", {"PURGE"}, hidden);
  t.add("", "/{x}", {"GET", "DELETE"});
  EXPECT_EQ(t.find("", "/a", "GET"), "method");
  EXPECT_EQ(t.find("", "/a", "PURGE"), "1");
  EXPECT_EQ(t.find("", "/a", "post"), "method");
  EXPECT_EQ(t.find("", "/b", "HEAD"), "2 b");
  http::Path path;
  split("/a", path);
  Request request;
  request.method("GET");
  RouteMatch match;
  t.table.find("", path, request.head, t.routes, match);
  EXPECT_EQ(t.table.allow(match.resource), "POST");
  EXPECT_EQ(match.route, 0u);
  split("/b", path);
  t.table.find("", path, request.head, t.routes, match);
  EXPECT_EQ(t.table.allow(match.resource), "GET, HEAD, DELETE");
  t.table.find("", path, request.head, "PATCH", t.routes, match);
  EXPECT_EQ(match.kind, Kind::NoMethod);
}

TEST(RouteTable, MoreConditionsWinAndUnmetOnesAreNoFallThrough) {
  Table t;
  Route one;
  one.headers = {{"x-tenant", "a", false}};
  Route two = one;
  two.query = {{"v", "2 x", false}};
  t.add("", "/a", {}, one);
  t.add("", "/a", {}, two);
  t.add("", "/{x}");
  Request request;
  request.method("GET");
  EXPECT_EQ(t.find("", "/a", request), "condition");
  request.header("X-Tenant", "b");
  request.header("X-Tenant", "a");
  EXPECT_EQ(t.find("", "/a", request), "0");
  request.head.query = "u=1&v=2%20x";
  EXPECT_EQ(t.find("", "/a", request), "1");
  request.head.query = "v=2+x";
  EXPECT_EQ(t.find("", "/a", request), "0");
}

TEST(RouteTable, TellsTies) {
  Table t;
  t.add("", "/a/{x}", {"GET"});
  Route r;
  r.methods = {"HEAD"};
  EXPECT_TRUE(t.ties("", "/a/{other}", r));
  r.methods = {"POST"};
  EXPECT_FALSE(t.ties("", "/a/{other}", r));
  r.methods = {};
  EXPECT_TRUE(t.ties("", "/a/{other}", r));
  EXPECT_FALSE(t.ties("h", "/a/{other}", r));
  EXPECT_FALSE(t.ties("", "/a/{x}:y", r));
  r.headers = {{"k", "1", false}};
  EXPECT_FALSE(t.ties("", "/a/{x}", r));
  t.add("", "/a/{x}", {}, r);
  EXPECT_TRUE(t.ties("", "/a/{x}", r));
  r.headers = {{"k", "2", false}};
  EXPECT_FALSE(t.ties("", "/a/{x}", r));
  r.headers = {{"k", "", true}};
  EXPECT_TRUE(t.ties("", "/a/{x}", r));
  r.headers = {{"other", "1", false}};
  EXPECT_TRUE(t.ties("", "/a/{x}", r));
}

TEST(RouteTable, GivesParametersInTheRoutesOrder) {
  Table t;
  Route r;
  r.path_parameters = {"x", "y"};
  t.add("", "/a/{x}/{y}", {}, r);
  t.table.add("", pattern_of("/b/{y}/{z}/{x}"), 0, r);
  EXPECT_EQ(t.find("", "/a/1/2"), "0 1 2");
  EXPECT_EQ(t.find("", "/b/1/2/3"), "0 3 1");
}

TEST(Conditions, ReadTheQueryPercentDecoded) {
  const auto holds = [](std::string_view query, bool present = false) {
    return query_holds({"a b", present ? "" : "x&y", present}, query);
  };
  EXPECT_TRUE(holds("a%20b=x%26y"));
  EXPECT_TRUE(holds("q&a%20b=1&%61%20b=x%26%79&"));
  EXPECT_FALSE(holds("a%20b=x&y"));
  EXPECT_FALSE(holds("a%20b=x%2"));
  EXPECT_FALSE(holds("a+b=x%26y"));
  EXPECT_TRUE(holds("a%20b", true));
  EXPECT_FALSE(holds("a%20bc", true));
  EXPECT_FALSE(holds("", true));
}

// ---- against the simple matcher ----

int rank(const PathPattern::Segment& s) {
  return 3 - static_cast<int>(s.kind);
}

bool fits(const PathPattern& p, const http::Path& path) {
  std::size_t i = 0;
  for (; i < p.segments.size(); ++i) {
    const PathPattern::Segment& s = p.segments[i];
    if (i >= path.segments.size()) return false;
    const std::string_view text = path.segments[i];
    if (s.kind == PathPattern::Kind::Rest) return true;
    if (s.kind == PathPattern::Kind::Literal && text != s.text) return false;
    if (s.kind == PathPattern::Kind::Parameter && text.empty()) return false;
    if (s.kind == PathPattern::Kind::ParameterWithSuffix &&
        !(text.ends_with(s.text) && text.size() > s.text.size()))
      return false;
  }
  return i == path.segments.size();
}

/// More specific first; 0 = the same path.
int compare(const PathPattern& a, const PathPattern& b) {
  for (std::size_t i = 0; i < std::min(a.segments.size(), b.segments.size()); ++i) {
    if (rank(a.segments[i]) != rank(b.segments[i])) return rank(a.segments[i]) > rank(b.segments[i]) ? -1 : 1;
    if (a.segments[i].text != b.segments[i].text)
      return a.segments[i].text.size() > b.segments[i].text.size() ? -1 : 1;
  }
  return 0;
}

bool has_method(const Route& route, std::string_view method) {
  if (route.methods.empty()) return true;
  return std::ranges::any_of(
      route.methods, [&](const std::string& m) { return m == method || (m == "GET" && method == "HEAD"); });
}

std::string simple_find(const Table& t, const std::string& host, const http::Path& path,
                        const Request& request) {
  std::vector<std::string> levels;
  if (!host.empty()) levels.push_back(host);
  for (std::size_t dot = host.find('.'); dot != std::string::npos; dot = host.find('.', dot + 1))
    levels.push_back("*" + host.substr(dot));
  levels.push_back("");
  for (const std::string& level : levels) {
    const Table::Row* best = nullptr;
    for (const Table::Row& row : t.rows)
      if (row.host == level && fits(pattern_of(row.path), path) &&
          (best == nullptr || compare(pattern_of(row.path), pattern_of(best->path)) < 0))
        best = &row;
    if (best == nullptr) continue;
    const Route* chosen = nullptr;
    bool method_there = false;
    std::string text;
    for (const Table::Row& row : t.rows) {
      const Route& route = t.routes[row.route];
      if (row.host != level || !fits(pattern_of(row.path), path) ||
          compare(pattern_of(row.path), pattern_of(best->path)) != 0 ||
          !has_method(route, request.head.method_text))
        continue;
      method_there = true;
      if (!conditions_hold(route, request.head)) continue;
      if (chosen != nullptr && chosen->headers.size() >= route.headers.size()) continue;
      chosen = &route;
      text = std::to_string(row.route);
    }
    if (chosen == nullptr) return method_there ? "condition" : "method";
    return text;
  }
  return "none";
}

TEST(RouteTable, AgreesWithLookingAtEveryRoute) {
  constexpr std::uint64_t kSeed = 20261124;
  RecordProperty("seed", std::to_string(kSeed));
  Prng random(kSeed);
  const auto pick = [&](std::initializer_list<const char*> list) {
    return std::string(list.begin()[random.below(list.size())]);
  };
  for (int round = 0; round < 4000; ++round) {
    Table t;
    for (std::uint64_t n = 1 + random.below(14); n > 0; --n) {
      std::string path;
      for (std::uint64_t depth = 1 + random.below(4); depth > 0; --depth)
        path += "/" + (depth == 1 ? pick({"a", "b", "", "{x}", "{x}:v", "{x}:w:v", "{r...}", "a:v"})
                                  : pick({"a", "b", "{x}", "{x}:v", "a:v"}));
      const std::string host = pick({"", "", "h.e", "*.e", "*.h.e", "g.h.e"});
      Route route;
      if (random.chance(1, 3)) route.headers = {{"k", pick({"1", "2"}), false}};
      if (random.chance(1, 2)) route.methods = {pick({"GET", "POST", "PURGE"})};
      if (t.ties(host, path, route)) continue;
      t.add(host, path, route.methods, route);
    }
    for (int asked = 0; asked < 12; ++asked) {
      std::string text;
      for (std::uint64_t depth = 1 + random.below(4); depth > 0; --depth)
        text += "/" +
                (depth == 1 ? pick({"a", "b", "", "a:v", ":v", "c:w:v", "c"}) : pick({"a", "b", "a:v", "c"}));
      http::Path path;
      split(text, path);
      Request request;
      request.method(pick({"GET", "HEAD", "POST", "PURGE", "OTHER"}));
      if (random.chance(1, 2)) request.header("K", pick({"1", "2", "3"}));
      const std::string host = pick({"", "h.e", "g.h.e", "x.y.h.e", "e", "k.e"});
      RouteMatch match;
      t.table.find(host, path, request.head, t.routes, match);
      match.parameters.clear();
      ASSERT_EQ(Table::told(match), simple_find(t, host, path, request))
          << "seed " << kSeed << " round " << round << ": " << request.head.method_text << " " << host
          << text;
    }
  }
}

TEST(RouteTable, BacktrackingVisitsEachNodeOnce) {
  // Every node has a literal and a parameter, and nothing matches at the end: 2^12 ways, each walked once.
  Table t;
  std::vector<std::string> paths{""};
  for (int depth = 0; depth < 12; ++depth) {
    std::vector<std::string> deeper;
    for (const std::string& p : paths) {
      deeper.push_back(p + "/a");
      deeper.push_back(p + "/{x}");
    }
    paths = std::move(deeper);
  }
  for (const std::string& p : paths) t.add("", p + "/end");
  std::string asked;
  for (int depth = 0; depth < 12; ++depth) asked += "/a";
  EXPECT_EQ(t.find("", asked + "/other"), "none");
  EXPECT_EQ(t.find("", asked + "/end"), "0");
}

}  // namespace
}  // namespace reeve::policy
