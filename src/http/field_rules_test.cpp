// SPDX-License-Identifier: Apache-2.0
// Names to numbers, and what may be done with fields.
#include "http/field_rules.h"

#include <gtest/gtest.h>

#include <string>

#include "base/ascii.h"
#include "http/field_name.h"
#include "http/h1/parse.h"

namespace reeve::http {
namespace {

struct Fields : Head {
  explicit Fields(std::string lines) : text(std::move(lines) + "\r\n") {
    std::uint32_t scanned = 0;
    EXPECT_EQ(h1::parse_trailers(text, 1 << 20, scanned, *this).state, h1::ParseState::Complete) << text;
  }
  std::string text;
};

TEST(FieldName, FindsEveryNumberInAnyCase) {
  const std::pair<const char*, FieldId> names[] = {
      {"Accept", FieldId::Accept},
      {"Access-Control-Request-Headers", FieldId::AccessControlRequestHeaders},
      {"Access-Control-Request-Method", FieldId::AccessControlRequestMethod},
      {"Connection", FieldId::Connection},
      {"Content-Length", FieldId::ContentLength},
      {"Content-Type", FieldId::ContentType},
      {"Date", FieldId::Date},
      {"Expect", FieldId::Expect},
      {"Forwarded", FieldId::Forwarded},
      {"Host", FieldId::Host},
      {"Keep-Alive", FieldId::KeepAlive},
      {"Origin", FieldId::Origin},
      {"Proxy-Authenticate", FieldId::ProxyAuthenticate},
      {"Proxy-Authorization", FieldId::ProxyAuthorization},
      {"Proxy-Connection", FieldId::ProxyConnection},
      {"Reeve-Key", FieldId::ReeveAny},
      {"Reeve-", FieldId::ReeveAny},
      {"Reeve-Decision", FieldId::ReeveAny},
      {"Reeve-Content-Length-X", FieldId::ReeveAny},
      {"Reeve-Tag", FieldId::ReeveTag},
      {"Reeve-Tags", FieldId::ReeveAny},
      {"TE", FieldId::Te},
      {"traceparent", FieldId::Traceparent},
      {"Trailer", FieldId::Trailer},
      {"Transfer-Encoding", FieldId::TransferEncoding},
      {"Upgrade", FieldId::Upgrade},
      {"Via", FieldId::Via},
      {"X-Forwarded-For", FieldId::XForwardedFor},
      {"X-Forwarded-Host", FieldId::XForwardedHost},
      {"X-Forwarded-Port", FieldId::XForwardedPort},
      {"X-Forwarded-Proto", FieldId::XForwardedProto},
      {"X-Original-URL", FieldId::XOriginalUrl},
      {"X-Request-Id", FieldId::XRequestId},
      {"X-Rewrite-URL", FieldId::XRewriteUrl},
  };
  for (const auto& [name, id] : names) {
    std::string text = name;
    EXPECT_EQ(field_id(text), id) << text;
    for (char& c : text) c = ascii::lower(c);
    EXPECT_EQ(field_id(text), id) << text;
    for (char& c : text)
      if (ascii::is_alpha(c)) c = static_cast<char>(c & ~0x20);
    EXPECT_EQ(field_id(text), id) << text;
    // One letter changed is another name, whatever token character comes instead.
    for (std::size_t i = 0; i < text.size(); ++i)
      for (int value = 0; value < 256; ++value) {
        std::string other = text;
        other[i] = static_cast<char>(value);
        if (!ascii::is_token(other) || ascii::iequals(other, text)) continue;
        if (id == FieldId::ReeveAny || id == FieldId::ReeveTag) continue;
        EXPECT_EQ(field_id(other), FieldId::Other) << other;
      }
  }
}

TEST(FieldName, KnowsNoOthers) {
  for (const char* name :
       {"Cookie", "Reeve", "Reev", "Reeve_Key", "Hosts", "X", "Content_Length", "Authorization"})
    EXPECT_EQ(field_id(name), FieldId::Other) << name;
}

TEST(FieldRules, TrailersMayNotDoWhatAHeadDoes) {
  for (const char* name :
       {"grpc-status", "grpc-message", "X-Checksum", "Digest", "Server-Timing", "ETag", "Reeve-Tag"})
    EXPECT_TRUE(may_be_trailer(name)) << name;
  for (const char* name : {"Content-Length",
                           "transfer-encoding",
                           "Host",
                           "Connection",
                           "TE",
                           "Trailer",
                           "Upgrade",
                           "Authorization",
                           "Cookie",
                           "Set-Cookie",
                           "WWW-Authenticate",
                           "Content-Type",
                           "Content-Encoding",
                           "content-range",
                           "Cache-Control",
                           "Expires",
                           "Location",
                           "Via",
                           "X-Forwarded-For",
                           "Forwarded",
                           "Reeve-Decision",
                           "Expect",
                           "Range",
                           "If-Match",
                           "Vary",
                           "Age",
                           "a_b",
                           "",
                           "a b",
                           "X-Api-Key",
                           "Keep-Alive",
                           "Proxy-Authorization",
                           "Date",
                           "Retry-After",
                           "Max-Forwards"})
    EXPECT_FALSE(may_be_trailer(name)) << name;
}

TEST(FieldRules, ConfigurationMaySetAllButFramingRoutingAndOurs) {
  for (const char* name :
       {"X-Team", "Cookie", "Authorization", "Content-Type", "X-Forwarded-For", "Via", "X_Y", "Date"})
    EXPECT_TRUE(may_be_set(name)) << name;
  for (const char* name :
       {"Host", "content-length", "Connection", "Transfer-Encoding", "TE", "Upgrade", "Keep-Alive",
        "Proxy-Connection", "Reeve-Key", "reeve-tag", "", "a b", "a:b", "a\r\nb"})
    EXPECT_FALSE(may_be_set(name)) << name;
}

TEST(FieldRules, WhatIsNotPassedOn) {
  const Fields head(
      "Keep-Alive: x\r\nReeve-Key: x\r\na_b: x\r\nX-Original-URL: x\r\nX-Rewrite-URL: x\r\n"
      "Reeve-Tag: x\r\nVia: x\r\nX-Forwarded-For: x\r\nCookie: x\r\n");
  for (std::size_t i = 0; i < head.fields.size(); ++i)
    EXPECT_EQ(is_dropped(head.fields[i]), i < 5) << head.name(head.fields[i]);
}

TEST(FieldRules, RequestIds) {
  for (const char* text : {"a", "4f5c2d3e-aaaa_BBBB.9"}) EXPECT_TRUE(is_request_id(text)) << text;
  EXPECT_TRUE(is_request_id(std::string(128, 'a')));
  EXPECT_FALSE(is_request_id(std::string(129, 'a')));
  for (const char* text : {"", "a b", "a,b", "a\"", "<a>", "a/b", "\xc3\xa9"})
    EXPECT_FALSE(is_request_id(text)) << text;
}

TEST(FieldRules, TraceContext) {
  const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto with = [&](std::size_t at, const char* text) {
    std::string changed = good;
    return changed.replace(at, std::string_view(text).size(), text);
  };
  EXPECT_TRUE(is_traceparent(good));
  EXPECT_TRUE(is_traceparent(with(53, "ff")));
  EXPECT_TRUE(is_traceparent(with(0, "01")));
  EXPECT_TRUE(is_traceparent(with(0, "cc") + "-what-comes-later"));
  EXPECT_FALSE(is_traceparent(good + "-more"));
  EXPECT_FALSE(is_traceparent(with(0, "cc") + ".what"));
  EXPECT_FALSE(is_traceparent(with(0, "ff")));
  EXPECT_FALSE(is_traceparent(with(0, "0A")));
  EXPECT_FALSE(is_traceparent(with(3, "0AF7")));
  EXPECT_FALSE(is_traceparent(with(3, "00000000000000000000000000000000")));
  EXPECT_FALSE(is_traceparent(with(36, "0000000000000000")));
  EXPECT_FALSE(is_traceparent(with(53, "0g")));
  for (std::size_t dash : {2u, 35u, 52u}) EXPECT_FALSE(is_traceparent(with(dash, "0")));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(is_traceparent(good.substr(0, size)));
}

TEST(FieldRules, ViaNamesUs) {
  const auto names = [](const char* lines) { return via_names(Fields(lines), "reeve-x1"); };
  EXPECT_TRUE(names("Via: 1.1 reeve-x1\r\n"));
  EXPECT_TRUE(names("Via: 1.1 a, HTTP/1.1 \t Reeve-X1 (comment)\r\n"));
  EXPECT_TRUE(names("Via: 1.1 a\r\nvia: 1.0 b, 1.1 reeve-x1\r\n"));
  EXPECT_TRUE(names("Via: 1.1 a (open, 1.1 reeve-x1\r\n"));
  EXPECT_FALSE(names("Via: 1.1 reeve-x12\r\n"));
  EXPECT_FALSE(names("Via: 1.1 a (reeve-x1)\r\n"));
  EXPECT_FALSE(names("Via: reeve-x1\r\n"));
  EXPECT_FALSE(names("X-Via: 1.1 reeve-x1\r\n"));
  EXPECT_FALSE(names("Via:\r\n"));
}

TEST(FieldRules, UpgradeTokens) {
  const auto tokens = [](const char* lines) {
    const UpgradeTokens t = upgrade_tokens(Fields(lines));
    return std::string(t.websocket ? "w" : "") + (t.h2c ? "h" : "") + (t.other ? "o" : "");
  };
  EXPECT_EQ(tokens(""), "");
  EXPECT_EQ(tokens("Upgrade: WebSocket\r\n"), "w");
  EXPECT_EQ(tokens("Upgrade: h2c\r\n"), "h");
  EXPECT_EQ(tokens("Upgrade: h2c, websocket\r\n"), "wh");
  EXPECT_EQ(tokens("Upgrade: websocket/13\r\nUpgrade: h2c\r\n"), "wh");
  EXPECT_EQ(tokens("Upgrade: TLS/1.0, ,\r\n"), "o");
  EXPECT_EQ(tokens("Upgrade: websockets\r\n"), "o");
  EXPECT_EQ(tokens("Upgrade: web socket\r\n"), "o");
  EXPECT_EQ(tokens("Upgrade:\r\n"), "");
}

}  // namespace
}  // namespace reeve::http
