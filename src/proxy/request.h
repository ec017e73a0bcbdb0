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
#include "policy/route_table.h"
#include "policy/template.h"
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
  policy::RouteMatch match;
  const policy::Route* route = nullptr;  ///< when found
  const policy::Cors* cors = nullptr;    ///< its answers carry CORS fields

  // --- check_route ---
  bool websocket = false;  ///< an upgrade is asked for and allowed

  // --- the answer ---
  rt::Buffer answer;       ///< one that Reeve made itself, head and body
  bool head_sent = false;  ///< a final head has begun to go out
  bool body_cut = false;   ///< the answer's body did not come to its end
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
  char made_request_id[32];
  char made_traceparent[55];

 private:
  char client_text_[46];
  std::uint8_t client_text_size_ = 0;
};

}  // namespace reeve::proxy
