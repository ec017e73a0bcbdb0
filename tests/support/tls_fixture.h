// SPDX-License-Identifier: Apache-2.0
// Certificates made on the spot for tests: a CA and what it issues, as PEM. Nothing is read from disk and
// nothing expires while a test suite lies in a repository. Failures of OpenSSL end the process: a test cannot
// go on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace reeve::test {

/// A certificate (with its chain, if it has one) and its key.
struct TlsIdentity {
  std::string cert_pem;
  std::string key_pem;
};

enum class TestKey : std::uint8_t { Ec256, Rsa2048, Rsa1024, Ed25519 };

struct TestCertificate {
  std::string common_name = "test";
  std::vector<std::string> dns_names = {};
  std::vector<std::string> addresses = {};
  int valid_days = 30;  ///< from a day ago; negative = ended so many days ago
  TestKey key = TestKey::Ec256;
  bool is_ca = false;
};

/// An own CA, and what it signs.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& common_name = "Reeve test CA");
  ~TestAuthority();

  const std::string& ca_pem() const { return ca_.cert_pem; }
  const TlsIdentity& identity() const { return ca_; }
  TlsIdentity issue(const TestCertificate& wanted) const;

 private:
  TlsIdentity ca_;
};

/// Signed with its own key.
TlsIdentity self_signed(const TestCertificate& wanted);
/// The same key, locked with a passphrase.
std::string lock_key(const std::string& key_pem, const std::string& passphrase);

}  // namespace reeve::test
