// SPDX-License-Identifier: Apache-2.0
// One generation of the configuration, compiled: plain immutable data that every reactor reads and no request
// sees change. config makes it, control publishes it, a request holds exactly one. Connections, health and
// other living state are elsewhere, found by name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/endpoint.h"
#include "base/ip.h"
#include "policy/address_set.h"
#include "policy/caller.h"
#include "policy/hours.h"
#include "policy/limit.h"
#include "policy/permission.h"
#include "policy/route.h"
#include "policy/route_table.h"
#include "policy/upstream.h"

namespace reeve::policy {

struct Certificate {
  std::string cert_file;  ///< absolute; for messages and expiry metrics
  std::string cert_pem;
  std::string key_pem;
  std::vector<std::string> hosts;  ///< lower case, `*.suffix` allowed; empty = the certificate's own names
  bool operator==(const Certificate&) const = default;
};

struct ListenerTls {
  std::vector<Certificate> certificates;  ///< not empty; the first is the default
  std::string min_version = "1.2";        ///< "1.2" or "1.3"
  std::string client_ca_pem;              ///< empty = no client certificate is asked for
  bool operator==(const ListenerTls&) const = default;
};

struct Listener {
  std::string address;  ///< as configured: its identity over reloads
  Endpoint endpoint;
  std::uint32_t unix_mode = 0660;
  bool redirect_to_https = false;  ///< answers 308 to the same host and target
  std::optional<ListenerTls> tls;
  SourcePos at;
};

struct ServerSettings {
  std::uint32_t head_max = 32 * 1024;
  std::uint32_t uri_max = 16 * 1024;
  Duration head_timeout = std::chrono::seconds(10);
  Duration body_idle = std::chrono::seconds(30);
  Duration idle = std::chrono::seconds(60);
  Duration drain_delay = std::chrono::seconds(0);
  Duration drain = std::chrono::seconds(30);
  std::optional<std::uint32_t> connections;  ///< none = auto
  bool allow_half_close = false;
};

/// Whose forwarding fields are believed, and which one (contract, 2; rules, 2).
struct ClientIp {
  std::vector<IpNetwork> trusted_proxies;
  bool trust_unix = false;
  std::string header =
      "x-forwarded-for";  ///< lower case; x-forwarded-for | forwarded | a single-valued field
  bool proxy_protocol = false;

  bool trusts(const std::optional<IpAddress>& peer) const;
};

enum class LogLevel : std::uint8_t { Error, Warn, Info, Debug };

/// What a reload may take away (contract, 6).
struct Gate {
  bool refuse = true;               ///< a change by which a caller loses access
  std::vector<std::string> accept;  ///< digests of losses that are accepted
};

/// What refusals tell accepted callers (contract, 4.4).
enum class Disclosure : std::uint8_t { None, Own, Full };

/// One of the policy's own tests (contract, 2, expect).
struct Expectation {
  SourcePos at;  ///< first key of the entry
  std::string as = "anonymous";
  std::optional<IpAddress> from;
  std::optional<WallTime> time;
  std::string method;
  std::string url;
  bool allow = false;
  std::optional<Code> deny;  ///< with `allow` false: this code; none = any refusal
};

struct Snapshot {
  std::string hash;                ///< of all files, environment values and referenced files, hex SHA-256
  std::string configuration_file;  ///< absolute path of the main file
  std::vector<std::string>
      files;  ///< SourcePos::file indexes it; [0] is the main file; shown relative to its folder

  // These four need a restart; a reload that changes one is refused whole (rules, 2).
  std::string data_folder;  ///< absolute
  Endpoint admin;
  std::uint32_t threads = 0;  ///< 0 = auto
  std::string admin_text;     ///< as configured

  std::vector<Listener> listeners;
  ServerSettings server;
  std::vector<std::string> dns_servers;
  std::string access_log = "stdout";  ///< stdout | off | file:<absolute path>
  LogLevel log = LogLevel::Info;
  /// How long decisions, and configurations that are served no more, can be explained.
  Duration decisions_keep = std::chrono::hours(24 * 30);
  Gate gate;
  ClientIp client_ip;
  std::vector<Upstream> upstreams;
  std::vector<Route> routes;
  RouteTable route_table;

  // Who may call, and what holds for them.
  KeyEnvironment environment = KeyEnvironment::Live;
  std::vector<Zone> zones;
  std::vector<NetworkList> network_lists;  ///< named ones, and the literals of each `networks:` list
  std::vector<std::string> permissions;    ///< those that some route requires
  std::vector<Role> roles;
  GrantTable grants;
  std::vector<Organisation> organisations;
  std::vector<Team> teams;
  std::vector<Limit> limits;
  NetworkRule global_networks;
  std::vector<LimitUse> global_limits;
  std::vector<Caller> callers;
  std::vector<CallerExtra> caller_extras;
  std::vector<RoleUse> caller_roles;
  std::vector<std::uint32_t> callers_by_name;  ///< sorted by Caller::name
  KeyTable keys;
  Disclosure disclosure = Disclosure::Own;
  std::vector<Expectation> expectations;
  bool any_knocking = false;  ///< some limit counts refusals

  /// Index in `callers`, or kNone.
  std::uint32_t find_caller(std::string_view name) const;

  bool any_cors = false;  ///< some route has cors: only then can OPTIONS be a preflight
};

}  // namespace reeve::policy
