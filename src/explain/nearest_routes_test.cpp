// SPDX-License-Identifier: Apache-2.0
// Which routes a request without one is shown to come near, and what is said to differ.
#include "explain/nearest_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/hypothetical.h"

namespace reeve::explain {
namespace {

using policy::PathPattern;
using ::testing::ElementsAre;
using ::testing::Field;

PathPattern pattern_of(std::string_view path) {
  PathPattern pattern;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string segment(path.substr(0, path.find('/')));
    path.remove_prefix(segment.size());
    if (segment.ends_with("...}"))
      pattern.segments.push_back({PathPattern::Kind::Rest, "", segment.substr(1, segment.size() - 5)});
    else if (segment.starts_with('{'))
      pattern.segments.push_back({PathPattern::Kind::Parameter, "", segment.substr(1, segment.size() - 2)});
    else
      pattern.segments.push_back({PathPattern::Kind::Literal, segment, ""});
  }
  return pattern;
}

struct Site {
  Site() { snapshot.files = {"reeve.yaml"}; }

  policy::Route& add(std::string name, std::string host, std::string_view path) {
    policy::Route route;
    route.at = {0, 10 + 10 * static_cast<std::uint32_t>(snapshot.routes.size()), 5};
    route.name = std::move(name);
    route.hosts = {{std::move(host), {}}};
    route.paths = {{pattern_of(path), {}}};
    return snapshot.routes.emplace_back(std::move(route));
  }

  std::vector<NearRoute> near(std::string method, std::string url) {
    policy::Hypothetical request(snapshot);
    EXPECT_TRUE(request.prepare({.method = std::move(method), .url = std::move(url), .headers = {}}));
    return nearest_routes(snapshot, request.head());
  }

  policy::Snapshot snapshot;
};

auto is(const char* route, const char* differs) {
  return ::testing::AllOf(Field(&NearRoute::route, route), Field(&NearRoute::differs, differs));
}

TEST(NearestRoutes, NamesTheSlipInAPathFirstAndAtMostThreeRoutes) {
  Site site;
  site.add("far", "", "/entirely/other/things");
  site.add("posts", "", "/posts");
  site.add("post", "", "/posts/{id}");
  site.add("users", "", "/users");
  const auto near = site.near("GET", "http://h/post");
  ASSERT_EQ(near.size(), 3u);
  EXPECT_THAT(near[0], is("posts", "path: wants /posts, got /post"));
  EXPECT_EQ(near[0].at, "reeve.yaml:20:5");
  EXPECT_EQ(near[1].route, "post");
  EXPECT_EQ(near[2].route, "users");
}

TEST(NearestRoutes, TellsHostMethodConditionsAndASwitchedOffRoute) {
  Site site;
  policy::Route& route = site.add("publish", "api.example.com", "/posts");
  route.methods = {"POST", "PUT"};
  route.headers = {{.name = "x-env", .value = "beta"}};
  route.query = {{.name = "v", .value = {}, .present_only = true}};
  route.enabled = false;
  EXPECT_THAT(
      site.near("GET", "http://api.exmaple.com/posts"),
      ElementsAre(is("publish",
                     "host: wants api.example.com, got api.exmaple.com; method: wants POST or PUT, got "
                     "GET; header x-env: wants \"beta\"; query parameter v: wants any value; enabled: "
                     "wants true, got false")));
  EXPECT_THAT(site.near("PUT", "http://api.example.com/posts?v=1"),
              ElementsAre(is("publish", "header x-env: wants \"beta\"; enabled: wants true, got false")));
}

TEST(NearestRoutes, WildcardsAndParametersDifferOnlyWhereTheyDo) {
  Site site;
  site.add("tenants", "*.example.com", "/t/{tenant}/files/{rest...}");
  EXPECT_THAT(site.near("GET", "http://a.b.example.com/t/acme/file/a/b"),
              ElementsAre(is("tenants", "path: wants /t/{tenant}/files/{rest...}, got /t/acme/file/a/b")));
  EXPECT_THAT(site.near("GET", "http://a.exampel.com/t/acme/files/a"),
              ElementsAre(is("tenants", "host: wants *.example.com, got a.exampel.com")));
  EXPECT_THAT(site.near("GET", "http://example.com/t/acme/files/a"),
              ElementsAre(is("tenants", "host: wants *.example.com, got example.com")));
}

TEST(NearestRoutes, CaseAndATrailingSlashCount) {
  Site site;
  site.add("posts", "", "/posts");
  EXPECT_THAT(site.near("GET", "http://h/Posts"), ElementsAre(is("posts", "path: wants /posts, got /Posts")));
  EXPECT_THAT(site.near("GET", "http://h/posts/"),
              ElementsAre(is("posts", "path: wants /posts, got /posts/")));
}

}  // namespace
}  // namespace reeve::explain
