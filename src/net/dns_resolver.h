// SPDX-License-Identifier: Apache-2.0
// rt::Resolver over c-ares: names of upstreams become addresses. One for each reactor, nothing is shared, no
// thread. Literal addresses resolve at once; c-ares is set up by the first real name. Equal questions in
// flight are asked once. It keeps no answers: whoever asked asks again when the TTL is over.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/dns_channel.h"
#include "net/reactor.h"
#include "rt/doors.h"

namespace reeve::net {

struct DnsSettings {
  std::vector<IpEndpoint>
      servers;  ///< port 0 = `port`; empty = those of resolv_conf, whose changes are followed
  std::string resolv_conf = "/etc/resolv.conf";
  std::uint16_t port = 53;
  Duration try_timeout = std::chrono::seconds(2);
  int tries = 3;
  Duration look_again = std::chrono::seconds(3);  ///< at resolv_conf, when a name is asked for
};

class DnsResolver final : public rt::Resolver {
 public:
  static constexpr Duration kTtlMin = std::chrono::seconds(1);
  static constexpr Duration kTtlMax = std::chrono::hours(1);
  static constexpr Duration kLocalTtl = std::chrono::seconds(30);  ///< hosts file, localhost

  DnsResolver(Reactor& reactor, DnsSettings settings);
  /// Nobody waits in resolve() any more.
  ~DnsResolver() override;

  rt::Task<rt::IoResult<rt::ResolvedName>> resolve(std::string host, rt::Deadline deadline) override;
  void give_up() override;

  /// Questions from now on go to these (a reload may change them); as DnsSettings::servers.
  void use(std::vector<IpEndpoint> servers);

  /// c-ares has been set up.
  bool started() const { return channel_ != nullptr; }
  /// Questions that no server has answered yet, also those for which nobody waits any more.
  std::size_t open_questions() const { return questions_.size(); }

 private:
  struct Question;
  struct FileState {
    std::int64_t changed = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    bool operator==(const FileState&) const = default;
  };

  bool make_ready();
  FileState look_at_file() const;
  void finished(const std::string& host);

  Reactor& reactor_;
  DnsSettings settings_;
  std::unique_ptr<DnsChannel> channel_;
  std::vector<std::unique_ptr<DnsChannel>> retired_;  // until their questions have ended
  std::unordered_map<std::string, std::shared_ptr<Question>> questions_;
  FileState file_;
  MonoTime looked_{};
  bool given_up_ = false;
};

}  // namespace reeve::net
