// SPDX-License-Identifier: Apache-2.0
// What a handshake agrees and judges: certificates, names, versions, sessions, client certificates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/tls_test_support.h"

namespace reeve::net {
namespace {

using namespace std::chrono_literals;
using reeve::test::TestAuthority;
using reeve::test::TlsIdentity;
using testing::HasSubstr;

// A client's SSL object for what make_tls_client_context() does not offer.
SslPtr raw_client(int max_version = 0, std::string_view alpn = {}, const char* name = nullptr) {
  static const SslContextPtr context = make_ssl_context(TlsRole::Client, TLS1_2_VERSION);
  SslPtr ssl(SSL_new(context.get()));
  SSL_set_max_proto_version(ssl.get(), max_version);
  if (!alpn.empty())
    SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                        static_cast<unsigned>(alpn.size()));
  if (name != nullptr) SSL_set_tlsext_host_name(ssl.get(), name);
  return ssl;
}

std::string subject_seen(TlsPair& pair, const char* name) {
  SslPtr ssl = raw_client(0, {}, name);
  SSL* seen = ssl.get();
  if (!pair.shake_with(std::move(ssl))) return "handshake failed";
  return crypto::subject_of(SSL_get0_peer_certificate(seen));
}

TEST(TlsHandshake, BothSidesKnowWhatWasAgreed) {
  TlsPair pair;
  ASSERT_TRUE(pair.connect());
  for (const rt::Stream* side : {pair.server.get(), pair.client.get()}) {
    const TlsFacts* facts = side->tls();
    ASSERT_NE(facts, nullptr);
    EXPECT_EQ(facts->version, "TLSv1.3");
    EXPECT_EQ(facts->cipher, "TLS_AES_128_GCM_SHA256");
    EXPECT_EQ(facts->server_name, "a.test");
    EXPECT_EQ(facts->alpn, "http/1.1");
    EXPECT_FALSE(facts->resumed);
    EXPECT_FALSE(facts->client_certificate);
  }
}

TEST(TlsHandshake, AProtocolThatWeDoNotSpeakIsNotAgreedAndNoReasonToFail) {
  TlsPair other;
  EXPECT_TRUE(other.shake_with(raw_client(0, "\x02h2")));
  EXPECT_EQ(other.server->tls()->alpn, "");
  TlsPair both;
  EXPECT_TRUE(both.shake_with(raw_client(0, "\x02h2\x08http/1.1")));
  EXPECT_EQ(both.server->tls()->alpn, "http/1.1");
}

TEST(TlsHandshake, TheNameChoosesTheCertificate) {
  TlsServerSettings settings;
  const auto add = [&](const std::string& common_name, std::vector<std::string> names,
                       std::vector<std::string> hosts) {
    const TlsIdentity made = authority().issue({.common_name = common_name, .dns_names = std::move(names)});
    settings.certificates.push_back({made.cert_pem, made.key_pem, std::move(hosts)});
  };
  add("first", {"one.test"}, {});
  add("wide", {}, {"*.b.test"});
  add("closer", {}, {"*.a.b.test"});
  add("exact", {}, {"x.b.test", "one.test"});
  const auto context = server_context(settings);
  const auto seen = [&](const char* name) {
    TlsPair pair(context);
    return subject_seen(pair, name);
  };
  EXPECT_EQ(seen("one.test"), "CN=first") << "the first that is listed for a name";
  EXPECT_EQ(seen("X.B.test"), "CN=exact");
  EXPECT_EQ(seen("y.b.test"), "CN=wide");
  EXPECT_EQ(seen("z.y.b.test"), "CN=wide");
  EXPECT_EQ(seen("z.a.b.test"), "CN=closer");
  EXPECT_EQ(seen("elsewhere.test"), "CN=first");
  EXPECT_EQ(seen(nullptr), "CN=first");
  TlsPair pair(context);
  EXPECT_EQ(subject_seen(pair, "X.B.test"), "CN=exact");
  EXPECT_EQ(pair.server->tls()->server_name, "x.b.test");
}

TEST(TlsHandshake, AVersionBelowTheLeastIsRefused) {
  TlsServerSettings strict = server_settings();
  strict.min_version = "1.3";
  TlsPair old(server_context(strict));
  EXPECT_FALSE(old.shake_with(raw_client(TLS1_2_VERSION)));
  EXPECT_EQ(old.server_status, IoStatus::TlsFailed);
  TlsPair fine;
  ASSERT_TRUE(fine.shake_with(raw_client(TLS1_2_VERSION)));
  EXPECT_EQ(fine.server->tls()->version, "TLSv1.2");
  EXPECT_EQ(fine.server->tls()->cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
}

// --- the upstream's certificate ---

std::string failure_with(const rt::TlsClientSettings& settings, const std::string& name,
                         const TlsServerSettings& server = server_settings()) {
  auto context = make_tls_client_context(settings);
  TlsPair pair(server_context(server));
  if (pair.connect(*context, name)) return "";
  EXPECT_EQ(pair.client_status, IoStatus::TlsFailed);
  return context->last_failure();
}

TEST(TlsHandshake, AnUpstreamMustProveItsName) {
  EXPECT_EQ(failure_with(client_settings(), "a.test"), "");
  EXPECT_EQ(failure_with(client_settings(), "10.0.0.1"), "");
  EXPECT_THAT(failure_with(client_settings(), "b.test"), HasSubstr("TLS with `b.test`: hostname mismatch"));
  EXPECT_THAT(failure_with(client_settings(), "10.0.0.2"), HasSubstr("IP address mismatch"));
  EXPECT_THAT(failure_with(client_settings(), ""), HasSubstr("tls.server_name"));
  const TestAuthority other("other");
  EXPECT_THAT(failure_with({.ca_pem = other.ca_pem()}, "a.test"),
              HasSubstr("unable to get local issuer certificate"));
  EXPECT_EQ(failure_with({.ca_pem = other.ca_pem(), .verify = false}, "b.test"), "");
  const TlsIdentity old = authority().issue({.dns_names = {"a.test"}, .valid_days = -1});
  EXPECT_THAT(failure_with(client_settings(), "a.test", {.certificates = {{old.cert_pem, old.key_pem, {}}}}),
              HasSubstr("certificate has expired"));
}

TEST(TlsHandshake, ACertificateMayBeItsOwnAuthority) {
  const TlsIdentity own = reeve::test::self_signed({.dns_names = {"a.test"}});
  EXPECT_EQ(
      failure_with({.ca_pem = own.cert_pem}, "a.test", {.certificates = {{own.cert_pem, own.key_pem, {}}}}),
      "");
}

TEST(TlsHandshake, TheSystemsAuthoritiesAreLoadedOnceAndNotTrustedBlindly) {
  auto context = make_tls_client_context({});
  TlsPair first, second;
  EXPECT_FALSE(first.connect(*context));
  EXPECT_EQ(first.client_status, IoStatus::TlsFailed);
  EXPECT_THAT(context->last_failure(), HasSubstr("issuer certificate"));
  EXPECT_FALSE(second.connect(*context));
  EXPECT_LE(first.offload.runs, 1);  // none when another test came first
  EXPECT_EQ(second.offload.runs, 0);
}

TEST(TlsHandshake, SettingsThatCannotBeUsedFailEveryHandshakeWithTheReason) {
  EXPECT_THAT(failure_with({.ca_pem = "nothing"}, "a.test"), HasSubstr("ca: holds no certificate"));
  EXPECT_THAT(
      failure_with({.verify = false, .cert_pem = server_identity().cert_pem, .key_pem = "x"}, "a.test"),
      HasSubstr("key: holds no private key"));
}

TEST(TlsHandshake, EqualSettingsShareAContext) {
  const auto one = make_tls_client_context(client_settings());
  EXPECT_EQ(one, make_tls_client_context(client_settings()));
  EXPECT_NE(one, make_tls_client_context({.ca_pem = authority().ca_pem(), .verify = false}));
}

// --- sessions ---

bool resumes(rt::TlsClientContext& client, const std::shared_ptr<const TlsServerContext>& server,
             Duration later = 0s) {
  TlsPair pair(server);
  pair.loop.advance(later);
  EXPECT_TRUE(pair.connect(client));
  const bool resumed = pair.server->tls()->resumed;
  EXPECT_EQ(pair.client->tls()->resumed, resumed);
  // The tickets come with the answer.
  EXPECT_EQ(pair.loop.wait(write_text(*pair.server, "x")), IoStatus::Ok);
  Buffer got;
  EXPECT_EQ(pair.loop.wait(read_some(*pair.client, got)), IoStatus::Ok);
  return resumed;
}

TEST(TlsHandshake, ASessionIsResumedAfterAReload) {
  const auto keys = std::make_shared<TlsTicketKeys>();
  const auto client = make_tls_client_context(client_settings());
  EXPECT_FALSE(resumes(*client, server_context(server_settings(), keys)));
  EXPECT_TRUE(resumes(*client, server_context(server_settings(), keys)));
  EXPECT_TRUE(resumes(*client, server_context(server_settings(), keys)));
  EXPECT_FALSE(resumes(*client, server_context())) << "other keys";
}

TEST(TlsHandshake, ASessionIsNotResumedUnderOtherClientAuthorities) {
  const auto keys = std::make_shared<TlsTicketKeys>();
  const auto client = make_tls_client_context(client_settings());
  TlsServerSettings asking = server_settings();
  EXPECT_FALSE(resumes(*client, server_context(asking, keys)));
  asking.client_ca_pem = authority().ca_pem();
  EXPECT_FALSE(resumes(*client, server_context(asking, keys)));
  EXPECT_TRUE(resumes(*client, server_context(asking, keys)));
}

TEST(TlsTickets, AKeyIsReplacedAfterTwelveHoursAndOpensForTwelveMore) {
  TlsTicketKeys keys;
  const MonoTime start{};
  const auto first = keys.sealing(start);
  ASSERT_TRUE(first);
  EXPECT_EQ(keys.sealing(start + 11h)->name, first->name);
  const auto second = keys.sealing(start + 13h);
  EXPECT_NE(second->name, first->name);
  EXPECT_TRUE(keys.opening(first->name.data(), start + 23h));
  EXPECT_FALSE(keys.opening(first->name.data(), start + 24h));
  EXPECT_TRUE(keys.opening(second->name.data(), start + 24h));
  (void)keys.sealing(start + 26h);
  EXPECT_FALSE(keys.opening(first->name.data(), start + 14h)) << "gone";
  EXPECT_TRUE(keys.opening(second->name.data(), start + 26h));
}

// --- the client's certificate ---

std::optional<TlsFacts::ClientCertificate> certificate_seen(
    const rt::TlsClientSettings& settings, bool resume = false,
    const std::string& client_ca = authority().ca_pem()) {
  TlsServerSettings asking = server_settings();
  asking.client_ca_pem = client_ca;
  const auto server = server_context(asking);
  const auto client = make_tls_client_context(settings);
  if (resume) EXPECT_FALSE(resumes(*client, server));
  TlsPair pair(server);
  EXPECT_TRUE(pair.connect(*client));
  EXPECT_EQ(pair.server->tls()->resumed, resume);
  return pair.server->tls()->client_certificate;
}

rt::TlsClientSettings with_certificate(const TlsIdentity& identity) {
  return {.ca_pem = authority().ca_pem(), .cert_pem = identity.cert_pem, .key_pem = identity.key_pem};
}

TEST(TlsHandshake, AClientCertificateIsAFactAndNeverRefused) {
  EXPECT_FALSE(certificate_seen(client_settings()));

  const TlsIdentity good = authority().issue({.common_name = "ann"});
  for (const bool resume : {false, true}) {
    const auto trusted = certificate_seen(with_certificate(good), resume);
    ASSERT_TRUE(trusted);
    EXPECT_TRUE(trusted->verified) << trusted->verify_error;
    EXPECT_EQ(trusted->subject, "CN=ann");
    EXPECT_EQ(trusted->fingerprint, crypto::read_certificate(good.cert_pem)->fingerprint);
  }
  const TestAuthority stranger("stranger");
  const auto unknown = certificate_seen(with_certificate(stranger.issue({.common_name = "bob"})));
  ASSERT_TRUE(unknown);
  EXPECT_FALSE(unknown->verified);
  EXPECT_EQ(unknown->verify_error, "unable to get local issuer certificate");
  EXPECT_EQ(unknown->subject, "CN=bob");
  for (const bool resume : {false, true}) {
    const auto expired = certificate_seen(with_certificate(authority().issue({.valid_days = -1})), resume);
    ASSERT_TRUE(expired);
    EXPECT_FALSE(expired->verified);
    EXPECT_EQ(expired->verify_error, "certificate has expired");
  }
}

TEST(TlsHandshake, NobodyIsAskedForACertificateWithoutAnAuthorityForIt) {
  const auto client = make_tls_client_context(with_certificate(authority().issue({.common_name = "ann"})));
  TlsPair pair;
  ASSERT_TRUE(pair.connect(*client));
  EXPECT_FALSE(pair.server->tls()->client_certificate);
}

TEST(TlsHandshake, WrongSettingsOfAListenerAreToldInWords) {
  const auto keys = std::make_shared<TlsTicketKeys>();
  EXPECT_THAT(TlsServerContext::make({}, keys).error(), HasSubstr("needs a certificate"));
  TlsServerSettings mixed = server_settings();
  mixed.certificates[0].key_pem = authority().issue({}).key_pem;
  EXPECT_THAT(TlsServerContext::make(mixed, keys).error(), HasSubstr("does not belong"));
  TlsServerSettings bad_ca = server_settings();
  bad_ca.client_ca_pem = "x";
  EXPECT_THAT(TlsServerContext::make(bad_ca, keys).error(), HasSubstr("client_ca: "));
}

}  // namespace
}  // namespace reeve::net
