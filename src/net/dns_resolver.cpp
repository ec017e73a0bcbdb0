// SPDX-License-Identifier: Apache-2.0
#include "net/dns_resolver.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "rt/wait.h"

namespace reeve::net {

// Asked once for all that wait for it. It goes on when they have left: c-ares bounds its life.
struct DnsResolver::Question final : DnsChannel::Asker {
  Question(DnsResolver& r, std::string h) : resolver(r), host(std::move(h)) {}
  void answered(DnsChannel::Answer what) override {
    answer = std::move(what);
    done = true;
    for (rt::Event* waiter : waiters) waiter->set();
    resolver.finished(host);  // may be the end of this
  }

  DnsResolver& resolver;
  const std::string host;
  DnsChannel::Answer answer;
  std::vector<rt::Event*> waiters;
  bool done = false;
};

namespace {

rt::IoResult<rt::ResolvedName> result_of(const DnsChannel::Answer& answer) {
  if (answer.status != rt::IoStatus::Ok) return std::unexpected(answer.status);
  const Duration ttl = answer.local
                           ? DnsResolver::kLocalTtl
                           : std::clamp(answer.shortest_ttl, DnsResolver::kTtlMin, DnsResolver::kTtlMax);
  return rt::ResolvedName{answer.addresses, ttl};
}

}  // namespace

DnsResolver::DnsResolver(Reactor& reactor, DnsSettings settings)
    : reactor_(reactor), settings_(std::move(settings)) {}

DnsResolver::~DnsResolver() {
  channel_.reset();
  retired_.clear();
}

rt::Task<rt::IoResult<rt::ResolvedName>> DnsResolver::resolve(std::string host, rt::Deadline deadline) {
  if (const auto literal = IpAddress::parse(host)) co_return rt::ResolvedName{{*literal}, Duration::max()};
  if (given_up_) co_return std::unexpected(rt::IoStatus::Cancelled);
  for (char& c : host) c = ascii::lower(c);

  std::shared_ptr<Question> question;
  if (const auto known = questions_.find(host); known != questions_.end()) {
    question = known->second;
  } else {
    if (!make_ready()) co_return std::unexpected(rt::IoStatus::NameFailed);
    question = std::make_shared<Question>(*this, host);
    questions_.emplace(host, question);
    channel_->ask(host, *question);
  }
  if (!question->done) {
    rt::Event answered(reactor_.loop());
    question->waiters.push_back(&answered);
    const rt::IoStatus status = co_await answered.wait(deadline);
    std::erase(question->waiters, &answered);
    if (status != rt::IoStatus::Ok) co_return std::unexpected(status);
  }
  co_return result_of(question->answer);
}

void DnsResolver::give_up() {
  given_up_ = true;
  for (const auto& [host, question] : questions_)
    for (rt::Event* waiter : question->waiters) waiter->cancel();
}

void DnsResolver::use(std::vector<IpEndpoint> servers) {
  if (servers == settings_.servers) return;
  settings_.servers = std::move(servers);
  if (channel_ != nullptr) retired_.push_back(std::move(channel_));
}

void DnsResolver::finished(const std::string& host) {
  const auto known = questions_.find(host);
  if (known != questions_.end()) questions_.erase(known);
}

bool DnsResolver::make_ready() {
  // Their answers have been given before: we are not inside c-ares here.
  std::erase_if(retired_, [](const auto& channel) { return channel->idle(); });
  const MonoTime now = reactor_.loop().now();
  bool changed = false;
  if (settings_.servers.empty() && (channel_ == nullptr || now - looked_ >= settings_.look_again)) {
    looked_ = now;
    const FileState state = look_at_file();
    changed = state != file_;
    file_ = state;
  }
  if (channel_ != nullptr && !changed) return true;
  auto made = DnsChannel::make(reactor_, {settings_.servers, settings_.resolv_conf, settings_.port,
                                          settings_.try_timeout, settings_.tries});
  if (made == nullptr) return channel_ != nullptr;  // a file that cannot be used: go on with what was known
  if (channel_ != nullptr) retired_.push_back(std::move(channel_));
  channel_ = std::move(made);
  return true;
}

DnsResolver::FileState DnsResolver::look_at_file() const {
  struct stat state{};
  if (::stat(settings_.resolv_conf.c_str(), &state) != 0) return {};
  return {state.st_mtim.tv_sec * 1'000'000'000 + state.st_mtim.tv_nsec, state.st_ino, state.st_size};
}

}  // namespace reeve::net
