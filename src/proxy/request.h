// SPDX-License-Identifier: Apache-2.0
// One request on its way through the data plane: what the steps found out, and what the log will say. Lives
// in the frame of Gateway::serve. Steps fill it in the order of serve_request.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/authority.h"
#include "http/forwarded.h"
#include "http/path.h"
#include "identity/credential.h"
#include "limits/taken.h"
#include "policy/decision.h"
#include "policy/route_table.h"
#include "policy/standing.h"
#include "policy/template.h"
#include "proxy/decision_id.h"
#include "proxy/gateway.h"
#include "proxy/generation.h"
#include "server/handler.h"

namespace reeve::proxy {

struct Request final : policy::ValueSource {
  Request(Gateway& of, server::Exchange& on, const rt::Pin<Generation>& under)
      : gateway(of), exchange(on), generation(under), snapshot(*under->snapshot) {}

  Gateway& gateway;
  server::Exchange& exchange;
  rt::Pin<Generation> generation;
  const policy::Snapshot& snapshot;

  // --- admit ---
  http::ClientAddress client;    ///< who is asking, and the trusted hops in between
  std::string_view request_id;   ///< the client's, or made
  std::string_view traceparent;  ///< the client's, or made
  std::string_view scheme;       ///< what the client spoke, as far as it is believed
  std::string_view host;         ///< in the form in which hosts are compared

  // --- find_route ---
  http::Path path;
  std::optional<std::string> redacted_path;  ///< of a path that holds a key by mistake
  /// For whatever is written down.
  std::string_view shown_path() const { return redacted_path ? std::string_view(*redacted_path) : path.text; }
  policy::RouteMatch match;
  const policy::Route* route = nullptr;  ///< when found
  const policy::Cors* cors = nullptr;    ///< its answers carry CORS fields

  // --- identify ---
  identity::Identified identified;       ///< who it is, and what goes no further
  std::string query_without_credential;  ///< when `identified` takes something out of it

  // --- judge ---
  policy::Facts facts;  ///< what is known so far; begun by admit
  policy::Decision decision;
  policy::Standings standings;   ///< of its limits, once they were asked
  limits::Taken taken;           ///< counters; concurrency is held until the request ends
  std::optional<Code> code;      ///< that the client is told, when it is refused
  std::string_view decision_id;  ///< once it was sealed
  bool concealed = false;        ///< a hidden route refused: the answer is that of no route
  bool websocket = false;        ///< an upgrade is asked for and allowed

  // --- the answer ---
  rt::Buffer answer;       ///< one that Reeve made itself, head and body
  bool head_sent = false;  ///< a final head has begun to go out
  bool body_cut = false;   ///< the answer's body did not come to its end
  bool reached = false;    ///< bytes of the request may have reached an upstream, in this attempt or another
  std::uint16_t status = 0;
  telemetry::Origin origin = telemetry::Origin::Gateway;

  // --- for the log ---
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint32_t attempts = 0;
  const policy::Target* target = nullptr;
  std::uint16_t upstream_status = 0;
  MonoTime upstream_started{};
  std::optional<Duration> upstream_duration;

  /// The accepted caller; null for an anonymous one.
  const policy::Caller* caller() const {
    return decision.caller == policy::kNone ? nullptr : &snapshot.callers[decision.caller];
  }
  /// Its team; null for none.
  const policy::Team* team() const {
    return caller() == nullptr || caller()->team == policy::kNone ? nullptr : &snapshot.teams[caller()->team];
  }
  /// What follows '?' wherever the request goes from here; empty, too, when nothing of it is left.
  std::string_view query() const {
    return identified.removal.query.empty() ? head().query : std::string_view(query_without_credential);
  }
  bool has_query() const { return identified.removal.query.empty() ? head().has_query : !query().empty(); }
  const http::RequestHead& head() const { return exchange.head; }
  /// The nearest hop's word about its own client is believed.
  bool peer_trusted() const {
    const PeerFacts& peer = exchange.peer;
    return snapshot.client_ip.trusts(peer.proxied_address ? peer.proxied_address : peer.address);
  }
  /// The address that the log and templates show; empty for a Unix peer.
  std::string_view client_text() const { return {client_text_, client_text_size_}; }
  void set_client_text();

  std::string_view get(policy::RequestValue value, std::uint16_t parameter) const override;

  http::HostBuffer host_form;
  DecisionIdBuffer decision_id_text;
  char made_request_id[32];
  char made_traceparent[55];

 private:
  char client_text_[46];
  std::uint8_t client_text_size_ = 0;
};

/// Whether one of the route's templates is filled with that value.
bool uses(const policy::Route& route, policy::RequestValue value);

}  // namespace reeve::proxy
