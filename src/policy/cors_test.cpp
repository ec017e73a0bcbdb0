// SPDX-License-Identifier: Apache-2.0
#include "policy/cors.h"

#include <gtest/gtest.h>

namespace reeve::policy {
namespace {

Cors app_only() {
  Cors cors;
  cors.origins = {"https://app.example.com", "https://b.example.com"};
  cors.methods = {"GET", "POST"};
  cors.headers = {"content-type", "x-one"};
  cors.max_age = std::chrono::minutes(10);
  return cors;
}

TEST(Cors, EchoesAListedOriginAndVaries) {
  Cors cors = app_only();
  const CorsFields fields = cors_fields(cors, "https://b.example.com");
  EXPECT_TRUE(fields.listed);
  EXPECT_EQ(fields.allow_origin, "https://b.example.com");
  EXPECT_EQ(fields.expose, "Reeve-Decision, Retry-After");
  EXPECT_TRUE(fields.vary_origin);
  EXPECT_FALSE(fields.credentials);
  cors.expose_value = expose_value({"X-Total"});
  cors.credentials = true;
  EXPECT_EQ(cors_fields(cors, "https://b.example.com").expose, "Reeve-Decision, Retry-After, X-Total");
  EXPECT_TRUE(cors_fields(cors, "https://b.example.com").credentials);
}

TEST(Cors, SaysNothingToOthersButVary) {
  for (const char* origin : {"https://evil.example", "", "https://app.example.com.evil", "null"}) {
    const Cors cors = app_only();
    EXPECT_FALSE(cors_fields(cors, origin).listed) << origin;
    EXPECT_TRUE(cors_fields(cors, origin).vary_origin);
  }
}

TEST(Cors, StarIsTheSameForAll) {
  Cors cors;
  cors.origins = {"*"};
  EXPECT_EQ(cors_fields(cors, "https://x").allow_origin, "*");
  EXPECT_FALSE(cors_fields(cors, "https://x").vary_origin);
  EXPECT_FALSE(cors_fields(cors, "").listed);
}

TEST(Preflight, NeedsOriginMethodAndHeadersListed) {
  const Cors cors = app_only();
  const auto ask = [&](const char* origin, const char* method, const char* headers) {
    return preflight(cors, {"DELETE"}, origin, method, headers);
  };
  const PreflightFields yes = ask("https://app.example.com", "POST", "Content-Type, X-One");
  EXPECT_TRUE(yes.allowed);
  EXPECT_EQ(yes.allow_origin, "https://app.example.com");
  EXPECT_EQ(yes.allow_methods, "GET, POST");
  EXPECT_EQ(yes.allow_headers, "content-type, x-one");
  EXPECT_EQ(yes.max_age, 600u);
  EXPECT_TRUE(ask("https://app.example.com", "HEAD", "").allowed);
  EXPECT_TRUE(ask("https://app.example.com", "POST", " , x-ONE,").allowed);
  EXPECT_FALSE(ask("https://evil.example", "POST", "").allowed);
  EXPECT_FALSE(ask("https://app.example.com", "DELETE", "").allowed);
  EXPECT_FALSE(ask("https://app.example.com", "POST", "x-two").allowed);
}

TEST(Preflight, MethodsDefaultToTheRoutesAndStarsEcho) {
  Cors cors = app_only();
  cors.methods.clear();
  EXPECT_TRUE(preflight(cors, {"DELETE"}, "https://app.example.com", "DELETE", "").allowed);
  EXPECT_FALSE(preflight(cors, {"DELETE"}, "https://app.example.com", "GET", "").allowed);
  EXPECT_EQ(preflight(cors, {}, "https://app.example.com", "PURGE", "").allow_methods, "PURGE");
  cors.headers = {"*"};
  EXPECT_EQ(preflight(cors, {}, "https://app.example.com", "GET", "x-a, x-b").allow_headers, "x-a, x-b");
}

}  // namespace
}  // namespace reeve::policy
