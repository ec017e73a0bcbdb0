// SPDX-License-Identifier: Apache-2.0
#include "crypto/pem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/support/tls_fixture.h"

namespace reeve::crypto {
namespace {

using test::TestAuthority;
using test::TestCertificate;
using test::TestKey;
using test::TlsIdentity;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

WallTime now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

TEST(Pem, DescribesNamesAddressesAndExpiry) {
  const TestAuthority authority;
  const TlsIdentity made = authority.issue({.common_name = "not.a.name",
                                            .dns_names = {"API.example.com", "*.example.org"},
                                            .addresses = {"127.0.0.1", "2001:db8::1"},
                                            .valid_days = 10});
  const auto info = read_certificate(made.cert_pem + authority.ca_pem());
  ASSERT_TRUE(info) << info.error();
  EXPECT_THAT(info->dns_names, ElementsAre("api.example.com", "*.example.org"));
  EXPECT_THAT(info->addresses, ElementsAre(*IpAddress::parse("127.0.0.1"), *IpAddress::parse("2001:db8::1")));
  EXPECT_EQ(info->subject, "CN=not.a.name");
  EXPECT_EQ(info->fingerprint.size(), 64u);
  EXPECT_EQ(info->chain_length, 2u);
  EXPECT_LT(info->not_before, now());
  EXPECT_LT(info->not_after, now() + std::chrono::hours(24 * 10 + 1));
  EXPECT_GT(info->not_after, now() + std::chrono::hours(24 * 10 - 1));
}

TEST(Pem, TheCommonNameCountsOnlyWithoutAlternativeNames) {
  const auto with =
      read_certificate(test::self_signed({.common_name = "a.test", .addresses = {"10.0.0.1"}}).cert_pem);
  const auto without = read_certificate(test::self_signed({.common_name = "A.test"}).cert_pem);
  ASSERT_TRUE(with && without);
  EXPECT_THAT(with->dns_names, IsEmpty());
  EXPECT_THAT(without->dns_names, ElementsAre("a.test"));
}

TEST(Pem, SubjectsKeepTheirLettersAndEscapeControlCharacters) {
  const auto info = read_certificate(test::self_signed({.common_name = "Jürgen, \n"}).cert_pem);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->subject, "CN=Jürgen\\, \\0A");
}

TEST(Pem, AKeyMustBelongToItsCertificate) {
  const TestAuthority authority;
  const TlsIdentity one = authority.issue({}), other = authority.issue({.common_name = "other"});
  for (const TestKey kind : {TestKey::Ec256, TestKey::Rsa2048, TestKey::Ed25519}) {
    const TlsIdentity made = authority.issue({.key = kind});
    EXPECT_TRUE(check_certificate_and_key(made.cert_pem, made.key_pem));
  }
  const auto mixed = check_certificate_and_key(one.cert_pem, other.key_pem);
  ASSERT_FALSE(mixed);
  EXPECT_THAT(mixed.error(), HasSubstr("does not belong to the certificate of `CN=test`"));
  const auto reversed = check_certificate_and_key(authority.ca_pem() + one.cert_pem, one.key_pem);
  ASSERT_FALSE(reversed);
  EXPECT_THAT(reversed.error(), HasSubstr("belongs to certificate 2 of the file"));
  const TlsIdentity weak = authority.issue({.key = TestKey::Rsa1024});
  const auto refused = check_certificate_and_key(weak.cert_pem, weak.key_pem);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("1024 bits is too weak"));
}

TEST(Pem, TellsWhatTheFileIsInstead) {
  const TestAuthority authority;
  const TlsIdentity made = authority.issue({});
  EXPECT_THAT(read_certificate("").error(), HasSubstr("empty"));
  EXPECT_THAT(read_certificate("hello").error(), HasSubstr("-----BEGIN CERTIFICATE-----"));
  EXPECT_THAT(read_certificate(made.key_pem).error(), HasSubstr("interchanged"));
  EXPECT_THAT(read_certificate("\x30\x82").error(), HasSubstr("-inform der"));
  EXPECT_THAT(check_private_key(made.cert_pem).error(), HasSubstr("interchanged"));
  EXPECT_THAT(check_private_key("").error(), HasSubstr("empty"));
  EXPECT_THAT(check_private_key("\x30\x82").error(), HasSubstr("-inform der"));
  EXPECT_THAT(check_private_key(test::lock_key(made.key_pem, "secret")).error(), HasSubstr("passphrase"));
  EXPECT_TRUE(check_private_key(made.key_pem));
}

TEST(Pem, ADamagedFileIsAnErrorWhereverTheDamageIs) {
  const TestAuthority authority;
  const std::string good = authority.issue({}).cert_pem;
  std::string cut = good + good;
  cut.resize(good.size() + good.size() / 2);
  EXPECT_FALSE(read_certificate(cut));
  EXPECT_FALSE(read_certificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
  EXPECT_FALSE(read_certificate("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"));
}

TEST(Pem, ACaBundleHoldsAuthorities) {
  const TestAuthority authority, second("Second");
  EXPECT_EQ(check_ca_bundle(authority.ca_pem() + second.ca_pem()), 2u);
  EXPECT_EQ(check_ca_bundle(test::self_signed({}).cert_pem), 1u);
  const auto leaf = check_ca_bundle(authority.ca_pem() + authority.issue({.common_name = "leaf"}).cert_pem);
  ASSERT_FALSE(leaf);
  EXPECT_THAT(leaf.error(), HasSubstr("certificate 2 of the file (`CN=leaf`) is not a CA"));
  EXPECT_FALSE(check_ca_bundle(""));
}

TEST(Pem, HostsMatchAsInRoutes) {
  EXPECT_TRUE(host_matches("a.test", "a.test"));
  EXPECT_FALSE(host_matches("a.test", "b.a.test"));
  EXPECT_TRUE(host_matches("*.a.test", "b.a.test"));
  EXPECT_TRUE(host_matches("*.a.test", "c.b.a.test"));
  EXPECT_FALSE(host_matches("*.a.test", "a.test"));
  EXPECT_FALSE(host_matches("*.a.test", "ba.test"));
}

}  // namespace
}  // namespace reeve::crypto
