// SPDX-License-Identifier: Apache-2.0
// A record says after decoding what was put into it; what does not fit is cut with a mark, never left out
// silently; no bytes upset decoding.
#include "explain/record.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "base/prng.h"

namespace reeve::explain {
namespace {

using namespace std::literals;
using Bytes = std::vector<std::uint8_t>;

Bytes encoded(const Record& record) {
  std::array<std::uint8_t, kRecordMost> out;
  out.fill(0xa5);
  const std::size_t size = encode(record, out);
  return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

WallTime micros(std::int64_t count) {
  return WallTime(std::chrono::microseconds(count));
}

Record refusal() {
  Record record;
  record.configuration =
      configuration_mark("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  record.data_version = 300;
  record.time = micros(1'795'521'600'123'456);
  record.client = ip("198.51.100.7");
  record.peer = ip("10.0.0.2");
  record.source = ClientSource::XForwardedFor;
  record.method = http::Method::Post;
  record.status = 403;
  record.code = Code::IpNotAllowed;
  record.checks.fill(policy::CheckResult::Pass);
  record.checks[static_cast<std::size_t>(Check::RouteNetwork)] = policy::CheckResult::Fail;
  record.checks[static_cast<std::size_t>(Check::Rate)] = policy::CheckResult::Depends;
  record.checks[static_cast<std::size_t>(Check::Model)] = policy::CheckResult::Skipped;
  record.checks[static_cast<std::size_t>(Check::Target)] = policy::CheckResult::Unknown;
  record.route = "publish-post"sv;
  record.caller = "ci-bot"sv;
  record.key = "7Qd2XkPa"sv;
  record.host = "api.example.com"sv;
  record.path = "/posts"sv;
  return record;
}

Record allowed() {
  Record record = refusal();
  record.code.reset();
  record.status = 201;
  return record;
}

std::string hex(const Bytes& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

TEST(Record, SaysWhatWasPutIn) {
  for (const Record& record : {refusal(), allowed(), Record()}) {
    const Bytes bytes = encoded(record);
    const auto again = decode(bytes);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, record);
  }
}

// Ids outlive the version that made them: these bytes must be understood for ever.
TEST(Record, OfVersion1IsReadForEver) {
  EXPECT_EQ(hex(encoded(allowed())),
            "010123456789abcdef"            // version, configuration
            "06610473297240212c904924a249"  // time, checks
            "0000c923056eac02"              // code, status, method, source, addresses, texts, data version
            "c63364070a000002"              // client, peer
            "0c7075626c6973682d706f7374"    // route
            "0663692d626f74"                // caller
            "0837516432586b5061"            // key
            "0f6170692e6578616d706c652e636f6d"  // host
            "062f706f737473"                    // path
            "00000000");
}

TEST(Record, KeepsEveryFieldOfItsOwn) {
  Record record = refusal();
  record.client = ip("2001:db8::1");
  record.peer = ip("2001:db8::2");
  record.claimed = ip("203.0.113.9");
  record.source = ClientSource::ProxyProtocol;
  record.method = http::Method::Other;
  record.method_text = "PROPFIND"sv;
  record.code = Code::CredentialMalformed;
  record.status = 401;
  record.place = policy::CredentialPlace::XApiKey;
  record.slip = policy::Slip::Transposition;
  record.slip_at = 17;
  record.limit = "posting"sv;
  record.data_version = ~std::uint64_t{0};
  const Bytes bytes = encoded(record);
  const auto again = decode(bytes);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->path.is("/posts"));
  Record expected = record;
  expected.host = again->host;  // what had to give way
  expected.path = again->path;
  EXPECT_EQ(*again, expected);
  EXPECT_TRUE(again->host.is("api.example.com"));
}

TEST(Record, EveryEnumeratorComesBack) {
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    Record record = refusal();
    record.code = static_cast<Code>(i);
    EXPECT_EQ(decode(encoded(record))->code, record.code);
  }
  for (int i = 0; i <= static_cast<int>(http::Method::Trace); ++i) {
    Record record = allowed();
    record.method = static_cast<http::Method>(i);
    EXPECT_EQ(decode(encoded(record))->method, record.method);
  }
  for (int place = 0; place <= static_cast<int>(policy::CredentialPlace::BasicUserName); ++place)
    for (int slip = 0; slip <= static_cast<int>(policy::Slip::Checksum); ++slip) {
      Record record = refusal();
      record.place = static_cast<policy::CredentialPlace>(place);
      record.slip = static_cast<policy::Slip>(slip);
      const Bytes bytes = encoded(record);
      EXPECT_EQ(decode(bytes)->place, record.place);
      EXPECT_EQ(decode(bytes)->slip, record.slip);
    }
  for (int source = 0; source <= static_cast<int>(ClientSource::OtherField); ++source) {
    Record record = allowed();
    record.source = static_cast<ClientSource>(source);
    EXPECT_EQ(decode(encoded(record))->source, record.source);
  }
}

TEST(Record, TimeIsKeptInMicroseconds) {
  Record record = allowed();
  record.time = micros(1) + std::chrono::nanoseconds(999);
  EXPECT_EQ(decode(encoded(record))->time, micros(1));
  record.time = WallTime(std::chrono::seconds(-5));
  EXPECT_EQ(decode(encoded(record))->time, micros(0));
  record.time = WallTime::max();
  EXPECT_EQ(decode(encoded(record))->time, std::chrono::floor<std::chrono::microseconds>(WallTime::max()));
}

// Else the length of a refusal would show whether a hidden route's name is in it.
TEST(Record, RefusalsAreAllOfOneSize) {
  Record short_one;
  short_one.code = Code::RouteNotFound;
  EXPECT_EQ(encoded(short_one).size(), kRecordMost);
  EXPECT_EQ(encoded(refusal()).size(), kRecordMost);
}

TEST(Record, OthersHaveTheSmallestSizeThatFits) {
  std::string path = "/";
  std::size_t last = 0;
  std::vector<std::size_t> seen;
  Record record;
  for (; path.size() < 200; path += 'x') {
    record.path = path;
    const Bytes bytes = encoded(record);
    EXPECT_GE(bytes.size(), last);
    if (bytes.size() != last) seen.push_back(last = bytes.size());
    if (bytes.size() != kRecordMost) EXPECT_EQ(decode(bytes)->path.text, path);
  }
  EXPECT_EQ(seen, std::vector<std::size_t>(kRecordSizes.begin(), kRecordSizes.end()));
}

TEST(Record, NamesStayWholeWhereThePathIsCut) {
  Record record = refusal();
  const std::string path = "/posts/" + std::string(16'000, 'p');
  record.path = path;
  const Bytes bytes = encoded(record);
  const auto again = decode(bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->route, record.route);
  EXPECT_EQ(again->caller, record.caller);
  EXPECT_EQ(again->key, record.key);
  EXPECT_EQ(again->host, record.host);
  EXPECT_TRUE(again->path.cut);
  EXPECT_GT(again->path.text.size(), 40u);
  EXPECT_TRUE(again->path.is(path));
  EXPECT_FALSE(again->path.is(path + "p"));
  EXPECT_FALSE(again->path.is(again->path.text));
}

TEST(Record, TheLongestNameIsCutFirst) {
  Record record = refusal();
  const std::string route(128, 'r');
  record.route = route;
  const Bytes bytes = encoded(record);
  const auto again = decode(bytes);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->caller, record.caller);
  EXPECT_EQ(again->key, record.key);
  EXPECT_TRUE(again->route.cut && again->route.is(route));
  EXPECT_GT(again->route.text.size(), 60u);
  EXPECT_TRUE(again->host.is("api.example.com") && again->path.is("/posts"));
}

TEST(Record, EvenTheWorstFits) {
  Record record;
  record.client = ip("2001:db8::1");
  record.peer = ip("2001:db8::2");
  record.claimed = ip("2001:db8::3");
  record.data_version = ~std::uint64_t{0};
  record.slip_at = 255;
  const std::string names(128, 'n');
  const std::string host(253, 'h');
  const std::string path = "/" + std::string(16'383, 'p');
  record.method_text = record.route = record.caller = record.key = record.limit = Clipped(names);
  record.host = host;
  record.path = path;
  const Bytes bytes = encoded(record);
  EXPECT_EQ(bytes.size(), kRecordMost);
  const auto again = decode(bytes);
  ASSERT_TRUE(again);
  for (const Clipped& name : {again->method_text, again->route, again->caller, again->key, again->limit}) {
    EXPECT_TRUE(name.cut && name.is(names));
    EXPECT_FALSE(name.text.empty());
  }
  EXPECT_TRUE(again->host.is(host));
  EXPECT_TRUE(again->path.is(path));
  EXPECT_EQ(again->claimed, record.claimed);
}

TEST(Record, CutTextsStayWhatTheyAreWhenEncodedAgain) {
  Record record = refusal();
  const std::string path = "/posts/" + std::string(1000, 'p');
  record.path = path;
  const Bytes bytes = encoded(record);
  EXPECT_EQ(encoded(*decode(bytes)), bytes);
}

TEST(Record, HashesAreTheSameForEver) {
  EXPECT_EQ(clip_hash(""), 3783067052u);
  EXPECT_EQ(clip_hash("/posts"), 2430979292u);
  EXPECT_EQ(clip_hash("/posts/00000000-0000-0000-0000-000000000000"), 280698029u);
}

TEST(Record, WhatIsNoneIsRefused) {
  const Bytes good = encoded(refusal());
  for (std::size_t size = 0; size <= 300; ++size) {
    Bytes bytes = good;
    bytes.resize(size);
    // A smaller size that holds all is a record; one between the sizes is none.
    const bool whole = size == 95 || size == 127 || size == 157;
    EXPECT_EQ(decode(bytes).has_value(), whole) << size;
  }
  Bytes newer = good;
  newer[0] = 2;
  EXPECT_EQ(decode(newer).error(), RecordFlaw::Newer);
  newer[0] = 0;
  EXPECT_EQ(decode(newer).error(), RecordFlaw::Damaged);
  Bytes unclean = good;
  unclean.back() = 1;
  EXPECT_EQ(decode(unclean).error(), RecordFlaw::Damaged);
}

TEST(Record, AnyChangedByteIsReadOrRefused) {
  const Bytes good = encoded(refusal());
  std::array<std::uint8_t, kRecordMost> out;
  for (std::size_t at = 0; at < good.size(); ++at)
    for (unsigned value = 0; value < 256; ++value) {
      Bytes bytes = good;
      bytes[at] = static_cast<std::uint8_t>(value);
      if (const auto record = decode(bytes)) EXPECT_LE(encode(*record, out), kRecordMost);
    }
}

struct Chance {
  explicit Chance(std::uint64_t seed) : prng(seed) {}
  std::optional<IpAddress> address() {
    if (prng.chance(1, 5)) return std::nullopt;
    std::array<std::uint8_t, 16> bytes;
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(prng.next());
    if (prng.chance(1, 2)) return IpAddress::v6(bytes);
    return IpAddress::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
  }
  /// Mostly short, sometimes long.
  std::string& text(std::size_t most) {
    std::string& made = texts.emplace_back(prng.below(prng.chance(1, 4) ? most : 20), '\0');
    for (char& c : made) c = static_cast<char>(prng.next());
    return made;
  }
  Record record() {
    Record made;
    for (std::uint8_t& byte : made.configuration) byte = static_cast<std::uint8_t>(prng.next());
    made.data_version = prng.next() >> prng.below(64);
    made.time = micros(static_cast<std::int64_t>(prng.below(9'000'000'000'000'000)));
    made.client = address();
    made.peer = prng.chance(1, 2) ? made.client : address();
    if (prng.chance(1, 8)) made.claimed = address();
    made.source = static_cast<ClientSource>(prng.below(5));
    made.method = static_cast<http::Method>(prng.below(10));
    made.status = static_cast<std::uint16_t>(prng.below(1000));
    if (prng.chance(1, 2)) made.code = static_cast<Code>(prng.below(kCodeCount));
    for (auto& result : made.checks) result = static_cast<policy::CheckResult>(prng.below(5));
    made.place = static_cast<policy::CredentialPlace>(prng.below(12));
    made.slip = static_cast<policy::Slip>(prng.below(10));
    made.slip_at = static_cast<std::uint8_t>(prng.next());
    for (Clipped* name : {&made.method_text, &made.route, &made.caller, &made.key, &made.limit})
      if (prng.chance(1, 2)) *name = Clipped(text(129));
    if (prng.chance(3, 4)) made.host = text(256);
    if (prng.chance(3, 4)) made.path = text(16'384);
    return made;
  }
  Prng prng;
  std::deque<std::string> texts;
};

TEST(Record, AnyRecordComesBack) {
  for (std::uint64_t seed = 0; seed < 5000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Chance chance(seed);
    const Record record = chance.record();
    const Bytes bytes = encoded(record);
    const auto again = decode(bytes);
    ASSERT_TRUE(again);
    Record rest = *again;
    bool any_cut = false;
    for (auto text : {&Record::method_text, &Record::route, &Record::caller, &Record::key, &Record::limit,
                      &Record::host, &Record::path}) {
      EXPECT_TRUE(((*again).*text).is((record.*text).text));
      any_cut |= ((*again).*text).cut;
      rest.*text = record.*text;
    }
    EXPECT_EQ(rest, record);
    EXPECT_TRUE(!any_cut || bytes.size() == kRecordMost);
    EXPECT_EQ(encoded(*again), bytes);
  }
}

TEST(Record, TakesADecision) {
  policy::Snapshot snapshot;
  snapshot.routes.emplace_back().name = "publish-post";
  snapshot.callers.emplace_back().name = "ci-bot";
  policy::Key key{};
  key.caller = 0;
  ASSERT_TRUE(snapshot.keys.add("7Qd2XkPa", key, std::nullopt));
  policy::Facts facts;
  facts.now = micros(5);
  facts.client = ip("203.0.113.9");
  facts.credential.state = policy::CredentialVerdict::State::Refused;
  facts.credential.code = Code::CredentialExpired;
  facts.credential.place = policy::CredentialPlace::AuthorizationBearer;
  facts.credential.slip_at = 300;
  facts.credential.key = 0;
  policy::Decision decision;
  decision.route = 0;
  decision[Check::Credential] = {policy::CheckResult::Fail, Code::CredentialExpired};

  Record record;
  add_decision(record, snapshot, facts, decision);
  EXPECT_EQ(record.route.text, "publish-post");
  EXPECT_EQ(record.caller.text, "ci-bot") << "whose key it was";
  EXPECT_EQ(record.key.text, "7Qd2XkPa");
  EXPECT_EQ(record.client, facts.client);
  EXPECT_EQ(record.time, facts.now);
  EXPECT_EQ(record.place, policy::CredentialPlace::AuthorizationBearer);
  EXPECT_EQ(record.slip_at, 0);
  EXPECT_EQ(record.checks[static_cast<std::size_t>(Check::Credential)], policy::CheckResult::Fail);

  facts.credential = {};
  Record anonymous;
  add_decision(anonymous, snapshot, facts, policy::Decision());
  EXPECT_TRUE(anonymous.route.empty() && anonymous.caller.empty() && anonymous.key.empty());
}

TEST(Record, SaysWhyTheClientIsBelieved) {
  Record record = refusal();
  EXPECT_EQ(describe_client(record), "X-Forwarded-For, believed because 10.0.0.2 is a trusted proxy");
  record.source = ClientSource::Forwarded;
  record.peer.reset();
  EXPECT_EQ(describe_client(record), "Forwarded, believed because the Unix socket is a trusted proxy");
  record.source = ClientSource::Peer;
  EXPECT_EQ(describe_client(record), "the connection itself");
  record.peer = record.client;
  record.claimed = ip("192.0.2.1");
  EXPECT_EQ(describe_client(record),
            "the connection itself; the request named 192.0.2.1, not believed because 198.51.100.7 is no "
            "trusted proxy");
}

TEST(Record, TheMarkIsTheBeginningOfTheHash) {
  EXPECT_EQ(configuration_mark("ff00a1"), (ConfigurationMark{0xff, 0x00, 0xa1}));
  EXPECT_EQ(configuration_mark(""), ConfigurationMark{});
}

}  // namespace
}  // namespace reeve::explain
