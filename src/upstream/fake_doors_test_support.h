// SPDX-License-Identifier: Apache-2.0
// Test doubles of the doors that upstream/ goes through: a Dialer that makes in-memory streams and a Resolver
// with a table, both told by the test what to answer and when. For this folder's tests only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "policy/snapshot.h"
#include "rt/doors.h"
#include "rt/wait.h"
#include "tests/support/memory_stream.h"
#include "tests/support/test_loop.h"

namespace reeve::upstream {

/// Makes one operation of all doors fail: number `at`, counted from 1.
struct Faults {
  std::uint64_t at = 0;
  rt::IoStatus status = rt::IoStatus::Failed;
  std::uint64_t count = 0;
  bool next() { return ++count == at; }
  bool met() const { return at != 0 && count >= at; }
};

class FakeDialer final : public rt::Dialer {
 public:
  explicit FakeDialer(rt::Loop& loop) : loop_(loop) {}

  std::map<std::string, rt::IoStatus> failing;  ///< by endpoint; others connect
  std::set<std::string> silent;                 ///< endpoints that swallow packets
  std::vector<std::string> dialled;             ///< every attempt, in order
  std::vector<std::string> server_names;
  std::vector<std::unique_ptr<test::MemoryStream>> peers;  ///< the far ends, in order
  std::vector<rt::TlsClientSettings> contexts;
  Faults* faults = nullptr;

  std::shared_ptr<rt::TlsClientContext> tls_context(const rt::TlsClientSettings& settings) override {
    contexts.push_back(settings);
    return std::make_shared<rt::TlsClientContext>();
  }

  rt::Task<rt::IoResult<std::unique_ptr<rt::Stream>>> dial(Target target, rt::Deadline deadline,
                                                           rt::Cancellation* cancellation) override {
    const std::string name = to_string(target.endpoint);
    dialled.push_back(name);
    server_names.push_back(target.server_name);
    if (faults != nullptr && faults->next()) co_return std::unexpected(faults->status);
    if (silent.contains(name)) {
      rt::Event never(loop_);
      const rt::Cancellation::Attached attached(*cancellation, never);
      co_return std::unexpected(co_await never.wait(deadline));
    }
    if (const auto status = failing.find(name); status != failing.end())
      co_return std::unexpected(status->second);
    test::MemoryPair pair = test::make_memory_pair(loop_);
    peers.push_back(std::move(pair.b));
    co_return std::move(pair.a);
  }

 private:
  rt::Loop& loop_;
};

class FakeResolver final : public rt::Resolver {
 public:
  explicit FakeResolver(rt::Loop& loop) : loop_(loop), released_(std::make_unique<rt::Event>(loop)) {
    released_->set();
  }

  std::map<std::string, rt::IoResult<rt::ResolvedName>> names;  ///< NameNotFound when not here
  std::vector<MonoTime> asked;
  Faults* faults = nullptr;

  void knows(const std::string& host, std::vector<std::string_view> addresses, Duration ttl) {
    rt::ResolvedName name{.addresses = {}, .ttl = ttl};
    for (const std::string_view address : addresses) name.addresses.push_back(*IpAddress::parse(address));
    names.insert_or_assign(host, std::move(name));
  }
  /// One query waits until release().
  void hold() { released_->reset(); }
  void release() { released_->set(); }
  /// At the end of a test: its own timer must not look like one left over.
  void drop() { released_.reset(); }

  rt::Task<rt::IoResult<rt::ResolvedName>> resolve(std::string host, rt::Deadline deadline) override {
    asked.push_back(loop_.now());
    if (faults != nullptr && faults->next()) co_return std::unexpected(rt::IoStatus::NameFailed);
    const rt::IoStatus status = co_await released_->wait(deadline);
    if (status != rt::IoStatus::Ok) co_return std::unexpected(status);
    const auto known = names.find(host);
    if (known == names.end()) co_return std::unexpected(rt::IoStatus::NameNotFound);
    co_return known->second;
  }

 private:
  rt::Loop& loop_;
  std::unique_ptr<rt::Event> released_;
};

/// `http://host:port`, `https://host:port` or `unix:/path`.
inline policy::Target make_target(const std::string& url, std::uint32_t weight = 1) {
  policy::Target target{.url = url, .weight = weight};
  if (url.starts_with("unix:")) {
    target.unix_path = url.substr(5);
    target.authority = "localhost";
    return target;
  }
  target.secure = url.starts_with("https://");
  target.authority = url.substr(url.find("://") + 3);
  const std::size_t colon = target.authority.rfind(':');
  target.host = target.authority.substr(0, colon);
  target.port = static_cast<std::uint16_t>(std::stoi(target.authority.substr(colon + 1)));
  return target;
}

inline policy::Upstream make_upstream(std::string name, const std::vector<std::string>& urls) {
  policy::Upstream upstream;
  upstream.name = std::move(name);
  for (const std::string& url : urls) upstream.targets.push_back(make_target(url));
  return upstream;
}

}  // namespace reeve::upstream
