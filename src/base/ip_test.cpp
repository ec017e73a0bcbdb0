// SPDX-License-Identifier: Apache-2.0
#include "base/ip.h"

#include <gtest/gtest.h>

namespace reeve {
namespace {

TEST(IpAddress, ParsesAndWritesBothFamilies) {
  for (const char* text : {"0.0.0.0", "203.0.113.9", "255.255.255.255", "::", "::1", "2001:db8:1::48"})
    EXPECT_EQ(IpAddress::parse(text).value().to_string(), text);
  EXPECT_EQ(IpAddress::parse("2001:DB8:0:0::1")->to_string(), "2001:db8::1");
}

TEST(IpAddress, RefusesWhatIsNone) {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "[::1]", "::1%lo", "a",
                           "1.2.3.4:80", ":::"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
}

TEST(IpAddress, MappedIsIPv4) {
  EXPECT_EQ(IpAddress::parse("::ffff:10.1.2.3"), IpAddress::parse("10.1.2.3"));
}

TEST(IpNetwork, ContainsByPrefix) {
  const auto net = IpNetwork::parse("10.0.0.0/9").network.value();
  EXPECT_TRUE(net.contains(*IpAddress::parse("10.127.255.255")));
  EXPECT_FALSE(net.contains(*IpAddress::parse("10.128.0.0")));
  EXPECT_FALSE(net.contains(*IpAddress::parse("::1")));
  EXPECT_TRUE(IpNetwork::parse("0.0.0.0/0").network->contains(*IpAddress::parse("1.2.3.4")));
  EXPECT_TRUE(IpNetwork::parse("2001:db8:1::/48").network->contains(*IpAddress::parse("2001:db8:1:ffff::")));
  EXPECT_TRUE(IpNetwork::parse("192.0.2.1").network->contains(*IpAddress::parse("::ffff:192.0.2.1")));
}

TEST(IpNetwork, HostBitsAreAFlawThatNamesTheRightNetwork) {
  const auto parsed = IpNetwork::parse("10.0.0.7/8");
  EXPECT_EQ(parsed.flaw, IpNetwork::Flaw::HostBits);
  EXPECT_EQ(parsed.network->to_string(), "10.0.0.0/8");
  EXPECT_EQ(IpNetwork::parse("10.0.0.0/33").flaw, IpNetwork::Flaw::PrefixRange);
  EXPECT_EQ(IpNetwork::parse("10.0.0/8").flaw, IpNetwork::Flaw::Syntax);
  EXPECT_EQ(IpNetwork::parse("10.0.0.0/").flaw, IpNetwork::Flaw::Syntax);
  EXPECT_EQ(IpNetwork::parse("::ffff:10.0.0.0/104").network->to_string(), "10.0.0.0/8");
}

}  // namespace
}  // namespace reeve
