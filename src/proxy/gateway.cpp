// SPDX-License-Identifier: Apache-2.0
#include "proxy/gateway.h"

#include <array>
#include <cstring>

#include "policy/facts.h"
#include "proxy/steps.h"

namespace reeve::proxy {

namespace {

std::uint64_t seed_from(rt::Random& random) {
  std::array<std::byte, sizeof(std::uint64_t)> bytes;
  random.fill(bytes);
  std::uint64_t seed;
  std::memcpy(&seed, bytes.data(), sizeof seed);
  return seed;
}

}  // namespace

Gateway::Gateway(rt::Loop& loop, upstream::Client& client, limits::Table& limits, telemetry::Shard& metrics,
                 telemetry::AccessLog& log, rt::Random& random, crypto::IdSealer sealer, std::string instance)
    : loop_(loop),
      client_(client),
      limits_(limits),
      metrics_(metrics),
      log_(log),
      prng_(seed_from(random)),
      sealer_(std::move(sealer)),
      pseudonym_("reeve-" + std::move(instance)),
      generation_([this](std::shared_ptr<const Generation> old) {
        // The bound pools end on this reactor; the large Snapshot elsewhere.
        std::shared_ptr<const policy::Snapshot> snapshot = old->snapshot;
        old.reset();
        if (retire_) retire_(std::move(snapshot));
      }) {}

void Gateway::publish(std::shared_ptr<const policy::Snapshot> snapshot,
                      std::shared_ptr<const limits::Binding> limits,
                      std::function<void(std::shared_ptr<const policy::Snapshot>)> retire) {
  retire_ = std::move(retire);
  auto next = std::make_shared<Generation>();
  next->upstreams = client_.bind(*snapshot);
  next->route_metrics.reserve(snapshot->routes.size());
  for (const policy::Route& route : snapshot->routes)
    next->route_metrics.push_back(metrics_.route(route.name));
  for (const policy::Route& route : snapshot->routes)
    next->wants_decision_id.push_back(uses(route, policy::RequestValue::DecisionId));
  next->no_route_metrics = metrics_.route("");
  next->mark = explain::configuration_mark(snapshot->hash);
  next->snapshot = std::move(snapshot);
  next->limits = std::move(limits);
  generation_.publish(std::move(next));
}

rt::Buffer Gateway::refuse(const Error& error, server::Exchange& partial) {
  Request request(*this, partial, generation_.pin());
  partial.close = true;
  name_request(request);
  request.client.client = partial.peer.proxied_address ? partial.peer.proxied_address : partial.peer.address;
  request.set_client_text();
  request.facts = policy::facts_of(partial.head, request.client.client, loop_.clock().wall);
  reject(request, error);
  const Result<void> outcome = std::unexpected(error);
  answer_refusal(request, error);
  rt::Buffer answer = std::move(request.answer);
  finish(request, outcome);
  return answer;
}

std::string_view Gateway::date() {
  const WallTime second = std::chrono::floor<std::chrono::seconds>(loop_.clock().wall);
  if (second != date_second_) {
    date_second_ = second;
    write_http_date(second, date_);
  }
  return {date_, sizeof date_};
}

}  // namespace reeve::proxy
