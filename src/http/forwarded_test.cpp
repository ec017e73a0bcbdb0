// SPDX-License-Identifier: Apache-2.0
// Who the client is (rules, 2, "client_ip"): every sentence of the rule, for X-Forwarded-For, Forwarded and
// fields with one address; and what is written for the upstream.
#include "http/forwarded.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/h1/parse.h"

namespace reeve::http {
namespace {

std::optional<IpAddress> ip(std::string_view text) {
  return IpAddress::parse(text);
}

// 10.0.0.0/8, 2001:db8:aaaa::/48 and Unix peers are trusted.
bool trusted(const std::optional<IpAddress>& hop) {
  if (!hop) return true;
  return IpNetwork::parse("10.0.0.0/8").network->contains(*hop) ||
         IpNetwork::parse("2001:db8:aaaa::/48").network->contains(*hop);
}

struct Answer {
  std::string client;
  std::string claimed;
  std::string forwarded_for;
  std::string forwarded;
};

Answer ask(const std::string& header, const std::string& lines, const std::optional<IpAddress>& peer) {
  const std::string text = lines + "\r\n";
  std::uint32_t scanned = 0;
  Head head;
  EXPECT_EQ(h1::parse_trailers(text, 1 << 20, scanned, head).state, h1::ParseState::Complete);
  ClientAddress from;
  client_address(head, header, peer, trusted, from);
  char out[kForwardedForMax];
  char longer[2 * kForwardedForMax];
  return {
      .client = from.client ? from.client->to_string() : "none",
      .claimed = from.claimed ? from.claimed->to_string() : "",
      .forwarded_for = std::string(out, write_forwarded_for(from, peer, out, sizeof out)),
      .forwarded = std::string(longer, write_forwarded(from, peer, "a.b:80", "http", longer, sizeof longer))};
}

Answer xff(const std::string& value, const char* peer = "10.0.0.1") {
  return ask("x-forwarded-for", "X-Forwarded-For: " + value + "\r\n", ip(peer));
}
Answer forwarded(const std::string& value, const char* peer = "10.0.0.1") {
  return ask("forwarded", "Forwarded: " + value + "\r\n", ip(peer));
}

TEST(ClientAddress, FromAnUntrustedPeerTheFieldIsIgnored) {
  const Answer answer = xff("198.51.100.7, 10.0.0.2", "203.0.113.9");
  EXPECT_EQ(answer.client, "203.0.113.9");
  EXPECT_EQ(answer.claimed, "198.51.100.7");
  EXPECT_EQ(answer.forwarded_for, "203.0.113.9");
}

TEST(ClientAddress, WithoutFieldItIsThePeer) {
  const Answer answer = ask("x-forwarded-for", "Accept: x\r\n", ip("10.0.0.1"));
  EXPECT_EQ(answer.client, "10.0.0.1");
  EXPECT_EQ(answer.claimed, "");
  EXPECT_EQ(answer.forwarded_for, "10.0.0.1");
}

TEST(ClientAddress, FromRightToLeftUpToTheFirstUntrustedHop) {
  EXPECT_EQ(xff("198.51.100.7").client, "198.51.100.7");
  EXPECT_EQ(xff("1.1.1.1, 198.51.100.7").client, "198.51.100.7");
  const Answer answer = xff("1.1.1.1, 198.51.100.7, 10.0.0.3, 10.0.0.2");
  EXPECT_EQ(answer.client, "198.51.100.7");
  EXPECT_EQ(answer.claimed, "");
  EXPECT_EQ(answer.forwarded_for, "198.51.100.7, 10.0.0.3, 10.0.0.2, 10.0.0.1");
}

TEST(ClientAddress, AllTrustedMeansTheLeftmost) {
  const Answer answer = xff("10.0.0.4, 10.0.0.3,10.0.0.2");
  EXPECT_EQ(answer.client, "10.0.0.4");
  EXPECT_EQ(answer.forwarded_for, "10.0.0.4, 10.0.0.3, 10.0.0.2, 10.0.0.1");
}

TEST(ClientAddress, AtAnEntryThatIsNoAddressTheLastHopBeforeItIsTheClient) {
  EXPECT_EQ(xff("198.51.100.7, unknown").client, "10.0.0.1");
  EXPECT_EQ(xff("198.51.100.7, unknown, 10.0.0.3, 10.0.0.2").client, "10.0.0.3");
  EXPECT_EQ(xff("198.51.100.7, unknown, 10.0.0.3, 10.0.0.2").forwarded_for, "10.0.0.3, 10.0.0.2, 10.0.0.1");
  for (const char* odd :
       {"a", "1.2.3", "1.2.3.4.5", "1.2.3.4:", "1.2.3.4:x", "1.2.3.4:65536", "[1.2.3.4]", "[::1", "::1]",
        "[::1]x", "[::1]:", "\"1.2.3.4\"", "1.2.3.4 5.6.7.8", "01.2.3.4", "fe80::1%lo", "for=1.2.3.4"})
    EXPECT_EQ(xff(std::string("198.51.100.7, ") + odd).client, "10.0.0.1") << odd;
}

TEST(ClientAddress, EntriesMayCarryPortsAndBrackets) {
  EXPECT_EQ(xff("198.51.100.7:1234").client, "198.51.100.7");
  EXPECT_EQ(xff("2001:db8::7").client, "2001:db8::7");
  EXPECT_EQ(xff("[2001:db8::7]").client, "2001:db8::7");
  EXPECT_EQ(xff("[2001:db8::7]:1234").client, "2001:db8::7");
  EXPECT_EQ(xff("::ffff:198.51.100.7").client, "198.51.100.7");
  EXPECT_EQ(xff("198.51.100.7, 2001:db8:aaaa::1").client, "198.51.100.7");
}

TEST(ClientAddress, LinesAreJoinedInOrderAndEmptyElementsAreNone) {
  EXPECT_EQ(ask("x-forwarded-for", "X-Forwarded-For: 198.51.100.7\r\nA: b\r\nx-forwarded-for: 10.0.0.2\r\n",
                ip("10.0.0.1"))
                .client,
            "198.51.100.7");
  EXPECT_EQ(xff(",198.51.100.7,, ,10.0.0.2,").client, "198.51.100.7");
  EXPECT_EQ(xff("").client, "10.0.0.1");
  EXPECT_EQ(xff(",,").client, "10.0.0.1");
}

TEST(ClientAddress, OnlyTheChosenFieldIsBelieved) {
  const std::string lines = "X-Forwarded-For: 1.1.1.1\r\nForwarded: for=2.2.2.2\r\nX-Real-IP: 3.3.3.3\r\n";
  EXPECT_EQ(ask("x-forwarded-for", lines, ip("10.0.0.1")).client, "1.1.1.1");
  EXPECT_EQ(ask("forwarded", lines, ip("10.0.0.1")).client, "2.2.2.2");
  EXPECT_EQ(ask("x-real-ip", lines, ip("10.0.0.1")).client, "3.3.3.3");
  EXPECT_EQ(ask("cf-connecting-ip", lines, ip("10.0.0.1")).client, "10.0.0.1");
}

TEST(ClientAddress, OfASingleValuedFieldTheLastLineCounts) {
  EXPECT_EQ(ask("x-real-ip", "X-Real-IP: 1.1.1.1\r\nX-Real-IP: 2.2.2.2\r\n", ip("10.0.0.1")).client,
            "2.2.2.2");
  EXPECT_EQ(ask("x-real-ip", "X-Real-IP: 1.1.1.1\r\nX-Real-IP: 10.0.0.2\r\n", ip("10.0.0.1")).client,
            "10.0.0.2");
  EXPECT_EQ(ask("x-real-ip", "X-Real-IP: 1.1.1.1, 2.2.2.2\r\n", ip("10.0.0.1")).client, "10.0.0.1");
  EXPECT_EQ(ask("x-real-ip", "X-Real-IP: [2001:db8::7]:80\r\n", ip("10.0.0.1")).client, "2001:db8::7");
}

TEST(ClientAddress, UnixPeersHaveNoAddress) {
  EXPECT_EQ(ask("x-forwarded-for", "", std::nullopt).client, "none");
  EXPECT_EQ(ask("x-forwarded-for", "", std::nullopt).forwarded_for, "");
  EXPECT_EQ(ask("x-forwarded-for", "", std::nullopt).forwarded, "for=unknown;host=\"a.b:80\";proto=http");
  const Answer answer = ask("x-forwarded-for", "X-Forwarded-For: 198.51.100.7, 10.0.0.2\r\n", std::nullopt);
  EXPECT_EQ(answer.client, "198.51.100.7");
  EXPECT_EQ(answer.forwarded_for, "198.51.100.7, 10.0.0.2");
  EXPECT_EQ(ask("x-forwarded-for", "X-Forwarded-For: x\r\n", std::nullopt).client, "none");
}

TEST(ClientAddress, ReadsForwarded) {
  EXPECT_EQ(forwarded("for=198.51.100.7").client, "198.51.100.7");
  EXPECT_EQ(forwarded("For=\"198.51.100.7:80\";proto=https;by=10.0.0.9").client, "198.51.100.7");
  EXPECT_EQ(forwarded("by=10.0.0.9; host=\"a,b;c\" ; FOR=\"[2001:db8::7]:4711\"").client, "2001:db8::7");
  EXPECT_EQ(forwarded("for=\"[2001:db8::7]:_port\"").client, "2001:db8::7");
  EXPECT_EQ(forwarded("for=1.1.1.1, for=198.51.100.7, for=10.0.0.2").client, "198.51.100.7");
  EXPECT_EQ(forwarded("for=198.51.100.7,,for=10.0.0.2, ").client, "198.51.100.7");
  EXPECT_EQ(forwarded("for=198.51.100.7;secret=\"x, for=1.1.1.1\"").client, "198.51.100.7");
  EXPECT_EQ(forwarded("for=198.51.100.7;secret=\"x\\\", for=1.1.1.1\"").client, "198.51.100.7");
}

TEST(ClientAddress, ForwardedEntriesThatAreNoAddressStopTheWalk) {
  for (const char* odd :
       {"for=unknown", "for=_hidden", "for=\"_hidden\"", "by=1.1.1.1", "proto=https", "for=", "for=\"\"",
        "for=1.1.1.1;for=2.2.2.2", "for = 1.1.1.1", "1.1.1.1", "for=\"1.1.1.1", "for", "for=1.1.1.1;x",
        "for='1.1.1.1'", "for=\"\\1.1.1.1\"", "x y=z;for=1.1.1.1"})
    EXPECT_EQ(forwarded(std::string("for=198.51.100.7, ") + odd).client, "10.0.0.1") << odd;
  EXPECT_EQ(forwarded("for=198.51.100.7, for=_a, for=10.0.0.2").client, "10.0.0.2");
}

TEST(ClientAddress, WhatAClientOpensInItsLineCannotHideTheNextLine) {
  EXPECT_EQ(ask("forwarded", "Forwarded: for=\"1.1.1.1, for=2.2.2.2\r\nForwarded: for=198.51.100.7\r\n",
                ip("10.0.0.1"))
                .client,
            "198.51.100.7");
}

TEST(ClientAddress, TheWalkIsBounded) {
  std::string list = "198.51.100.7";
  std::string elements = "for=198.51.100.7";
  for (int i = 0; i < 500; ++i) {
    list += ", 10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
    elements += ", for=10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
  }
  const Answer answer = xff(list);
  EXPECT_EQ(answer.client, "10.0.1.186");  // the 64th from the right: 499 - 63 = 436
  EXPECT_EQ(answer.forwarded_for.substr(answer.forwarded_for.size() - 20), "10.0.1.249, 10.0.0.1");
  EXPECT_EQ(forwarded(elements).client, answer.client);
  EXPECT_EQ(forwarded(elements + std::string(300, ',')).client, answer.client);
}

TEST(Forwarded, IsWrittenWithOneElementAHop) {
  EXPECT_EQ(xff("2001:db8::7, 10.0.0.2").forwarded,
            "for=\"[2001:db8::7]\", for=10.0.0.2, for=10.0.0.1;host=\"a.b:80\";proto=http");
  EXPECT_EQ(xff("", "2001:db8::9").forwarded, "for=\"[2001:db8::9]\";host=\"a.b:80\";proto=http");
}

TEST(Forwarded, SaysNothingWhenTheRoomDoesNotSuffice) {
  ClientAddress from;
  from.client = ip("1.2.3.4");
  char out[100];
  const std::string whole = "for=1.2.3.4;host=a;proto=https";
  EXPECT_EQ(std::string(out, write_forwarded(from, from.client, "a", "https", out, sizeof out)), whole);
  for (std::size_t room = 0; room < whole.size(); ++room)
    EXPECT_EQ(write_forwarded(from, from.client, "a", "https", out, room), 0u) << room;
  EXPECT_EQ(write_forwarded(from, from.client, "a", "https", out, whole.size()), whole.size());
  EXPECT_EQ(write_forwarded_for(from, from.client, out, 6), 0u);
  EXPECT_EQ(write_forwarded_for(from, from.client, out, 7), 7u);
  EXPECT_EQ(std::string(out, write_forwarded(from, from.client, "\"\\", "x", out, sizeof out)),
            "for=1.2.3.4;host=\"\\\"\\\\\";proto=x");
}

}  // namespace
}  // namespace reeve::http
