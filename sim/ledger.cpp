// SPDX-License-Identifier: Apache-2.0
#include "sim/ledger.h"

#include <fmt/format.h>

#include "sim/bodies.h"

namespace reeve::sim {

Tracked& Ledger::open(std::string method, std::uint64_t connection) {
  Tracked& request = requests_.emplace_back();
  request.id = requests_.size();
  request.method = std::move(method);
  request.connection = connection;
  request.begun = world_.now();
  return request;
}

Tracked* Ledger::find(std::string_view text) {
  const std::optional<std::uint64_t> id = id_of(text);
  return id ? find(*id) : nullptr;
}

void Ledger::violation(Promise promise, std::string text) {
  if (violation_) return;
  world_.trace("VIOLATION", static_cast<std::uint64_t>(promise));
  violation_ = Violation{promise, std::move(text)};
}

namespace {

/// What became of its counters.
LimitCheck::Came came(const Tracked& request, const telemetry::AccessRecord& record) {
  using enum LimitCheck::Came;
  if (record.check)
    return *record.check == Check::Concurrency || *record.check == Check::Rate ||
                   *record.check == Check::Quota
               ? Limited
               : Before;
  if (!record.code || request.arrivals != 0) return Kept;
  const Code code = *record.code;
  return code == Code::BodyTooLarge || code == Code::NoHealthyTarget || code == Code::UpstreamUnreachable
             ? Returned
             : Kept;
}

}  // namespace

Tracked* Ledger::serve_begins(std::string_view id, std::uint64_t connection, std::uint64_t generation,
                              const rt::Clock& clock) {
  Tracked* request = find(id);
  if (request == nullptr) return nullptr;
  world_.trace("serve", request->id, generation);
  if (++request->serves != 1) violation(Promise::OneOutcome, fmt::format("{} is served twice", id));
  if (request->connection != connection)
    violation(Promise::NothingMixed, fmt::format("{} comes from connection {}, was sent on {}", id,
                                                 connection, request->connection));
  request->generation = generation;
  request->due = access_[generation].refuses(request->guard, request->holding, connection, clock.wall);
  if (request->guard != Guard::Open)
    request->judged = limits_.begins(request->guard, request->holding, clock.mono, clock.wall);
  return request;
}

void Ledger::serve_ends(Tracked& request, bool closes) {
  ++request.served;
  world_.trace("served", request.id, static_cast<std::uint64_t>(request.status));
  const std::string id = id_text(request.id);
  if (request.records != 1)
    violation(Promise::OneOutcome, fmt::format("{} is over with {} log records", id, request.records));
  if (request.finals > 1 || (request.finals == 0 && !closes))
    violation(Promise::OneOutcome, fmt::format("{} is over with {} final heads", id, request.finals));
}

void Ledger::refusal_ends() {
  refusing_ = false;
  if (records_ != records_before_ + 1)
    violation(Promise::OneOutcome, fmt::format("a refusal left {} log records", records_ - records_before_));
}

void Ledger::record(const telemetry::AccessRecord& record) {
  ++records_;
  Tracked* request = find(record.request_id);
  world_.trace("record", request == nullptr ? 0 : request->id, record.status);
  // A head that did not come whole may have been read as far as its name.
  if (request == nullptr || refusing_) return;
  ++request->records;
  judge_access(*request, record);
  if (!request->in_service())
    violation(Promise::OneOutcome,
              fmt::format("a log record of {}, which is not being served", record.request_id));
  // The status of a head that was begun but not completed is the log's alone.
  if (request->finals == 1 && request->status != record.status)
    violation(Promise::OneOutcome, fmt::format("{} was answered {}, the log says {}", record.request_id,
                                               request->status, record.status));
}

// A network that keeps somebody out comes before limits on refusals, and they before everything else.
void Ledger::judge_access(const Tracked& request, const telemetry::AccessRecord& record) {
  if (request.guard == Guard::Open) return;
  limits_.ended(request.judged, came(request, record), record.code.value_or(Code{}));
  const bool by_access =
      record.check && *record.check >= Check::RouteNetwork && *record.check <= Check::Permission;
  const bool knocking = by_access && *record.check == Check::IpLimit;
  if (record.check == Check::Request ||
      (knocking && request.guard == Guard::Keyed && request.due != Code::IpBlocked))
    return;
  const std::string_view found = by_access ? facts(*record.code).name : "let in";
  const std::string_view due = request.due ? facts(*request.due).name : "let in";
  if (found != due)
    violation(Promise::Access, fmt::format("r{} under generation {} is {}, but is to be {}", request.id,
                                           request.generation, found, due));
}

void Ledger::answered(Tracked& request, int status) {
  ++request.finals;
  request.status = status;
  ++answers_[static_cast<std::size_t>(status / 100)];
}

void Ledger::arrives(Tracked& request) {
  world_.trace("arrives", request.id, ++request.arrivals);
  if (!request.in_service())
    violation(Promise::OneOutcome,
              fmt::format("r{} goes to an upstream, but is not being served", request.id));
  if (request.due)
    violation(Promise::Access, fmt::format("r{} reaches an upstream, but is to be refused: {}", request.id,
                                           facts(*request.due).name));
  if (request.arrivals > 1 && !request.idempotent())
    violation(Promise::NotTwice, fmt::format("{} r{} reaches an upstream for the {}th time", request.method,
                                             request.id, request.arrivals));
}

void Ledger::close() {
  limits_.close([this](bool more, std::string text) {
    violation(more ? Promise::Limits : Promise::RefusedIsFree, std::move(text));
  });
  for (const Tracked& request : requests_) {
    if (request.serves == request.served && request.serves == request.records) continue;
    violation(Promise::OneOutcome, fmt::format("r{}: {} times begun, {} times over, {} log records",
                                               request.id, request.serves, request.served, request.records));
  }
}

}  // namespace reeve::sim
