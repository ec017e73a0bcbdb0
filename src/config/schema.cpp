// SPDX-License-Identifier: Apache-2.0
// The table of keys (contract, 2; contract-ai, 1). Inner shapes come first, because the outer ones name them.
// table: of keys
#include "config/schema_shapes.h"

namespace reeve::config {

namespace {

// ---- listen, admin, server ----

constexpr Shape kHostPattern = text("a host, or `*.` and a suffix");
constexpr Shape kHostPatterns = list_of(kHostPattern);
constexpr Key kCertKeys[] = {
    {"cert", &kFile, "certificate chain in PEM, the server's own first", {}, true},
    {"key", &kFile, "its private key in PEM", {}, true},
    {"hosts", &kHostPatterns, "server names it is for", "the certificate's own names"},
};
constexpr Shape kCert = object(kCertKeys);
constexpr Shape kCerts = list_of(kCert, false);
constexpr Word kTlsVersions[] = {"1.2", "1.3"};
constexpr Shape kTlsVersion = one_of(kTlsVersions);
constexpr Key kListenerTlsKeys[] = {
    {"certs", &kCerts, "certificates; the first is used when no name fits", {}, true},
    {"min_version", &kTlsVersion, "lowest TLS version", "1.2"},
    {"client_ca", &kFile,
     "CA bundle; with it client certificates are asked for, never refused in the handshake",
     "no client certificate is asked for"},
};
constexpr Shape kListenerTls = object(kListenerTlsKeys);
constexpr Word kHttpsWord[] = {"https"};
constexpr Shape kRedirectHttps = one_of(kHttpsWord);
constexpr Shape kAddress = text("an address: `127.0.0.1:8080`, `[::1]:8080` or `unix:/path`");
constexpr Shape kMode = text("an octal file mode such as 0660");
constexpr Key kListenerKeys[] = {
    {"address", &kAddress, "host:port, [v6]:port or unix:/path; port 0 lets the system choose", {}, true},
    {"mode", &kMode, "file mode of a Unix socket", "0660"},
    {"redirect", &kRedirectHttps, "https: answer 308 to the same host and target"},
    {"tls", &kListenerTls, "serve TLS here"},
};
constexpr Shape kListener = object(kListenerKeys);
constexpr Shape kListeners = list_of(kListener, false);

constexpr Key kAdminKeys[] = {{"address", &kAddress, "where the admin API listens", "127.0.0.1:8081"}};
constexpr Shape kAdmin = object(kAdminKeys);

constexpr Shape kHeadMax = size(kKiB, kMiB);
constexpr Shape kUriMax = size(256, kMiB);
constexpr Shape kConnections = integer(1, 10'000'000, "auto");
constexpr Key kServerKeys[] = {
    {"head_max", &kHeadMax, "largest request head", "32KiB"},
    {"uri_max", &kUriMax, "longest request target", "16KiB"},
    {"head_timeout", &kWait, "time for a whole request head", "10s"},
    {"body_idle", &kWait, "longest gap between bytes of a request body", "30s"},
    {"idle", &kWait, "how long an idle client connection is kept", "60s"},
    {"drain_delay", &kGrace, "on stop, from not ready to closing the listeners", "0s"},
    {"drain", &kGrace, "on stop, time for open requests", "30s"},
    {"connections", &kConnections, "most client connections at once", "auto"},
    {"allow_half_close", &kBoolean, "serve clients that close their sending side early", "false"},
};
constexpr Shape kServer = object(kServerKeys);

constexpr Key kDnsKeys[] = {
    {"servers", &kTexts, "name servers: an address, with a port or without", "resolv.conf"}};
constexpr Shape kDns = object(kDnsKeys);

constexpr Shape kAccessLog = text("stdout, off or file:NAME");
constexpr Word kLogWords[] = {"error", "warn", "info", "debug"};
constexpr Shape kLog = one_of(kLogWords);
constexpr Shape kThreads = integer(1, 1024, "auto");
constexpr Key kClientIpKeys[] = {
    {"header", &kFieldName, "the one field that trusted proxies are believed in", "x-forwarded-for"},
    {"proxy_protocol", &kBoolean, "connections from trusted proxies begin with PROXY v1 or v2", "false"},
};
constexpr Shape kClientIp = object(kClientIpKeys);

// ---- upstreams ----

constexpr Shape kUrl = text("a URL: http://host:port, https://host:port or unix:/path");
constexpr Key kTargetKeys[] = {
    {"url", &kUrl, "http://host:port, https://host:port or unix:/path", {}, true},
    {"weight", &kWeight, "its share of the requests", "1"},
};
constexpr Shape kTarget = object(kTargetKeys, &kUrl);
constexpr Shape kTargets = list_of(kTarget, false);
constexpr Shape kHostName = text("a host name");
constexpr Key kUpstreamTlsKeys[] = {
    {"ca", &kFile, "CA bundle that its certificate is verified against", "the system's store"},
    {"verify", &kBoolean, "verify its certificate", "true"},
    {"server_name", &kHostName, "name to ask for and to verify", "the target's host"},
    {"cert", &kFile, "certificate that Reeve shows"},
    {"key", &kFile, "its private key"},
};
constexpr Shape kUpstreamTls = object(kUpstreamTlsKeys);
constexpr Word kProtocols[] = {"http1"};
constexpr Word kLaterProtocols[] = {"http2", "grpc"};
constexpr Shape kProtocol = one_of(kProtocols, kLaterProtocols);
constexpr Shape kBalance = text("round_robin, least_requests or hash:<header>");
constexpr Key kUpstreamTimeoutKeys[] = {
    {"connect", &kWait, "to an open connection, TLS included", "1s"},
    {"response", &kWait, "to the first byte of the answer's head", "30s"},
    {"idle", &kWait, "longest gap between bytes of the answer's body", "60s"},
};
constexpr Shape kUpstreamTimeout = object(kUpstreamTimeoutKeys);
constexpr Word kRetryWords[] = {"connect-failure", "timeout", "502", "503", "504"};
constexpr Shape kRetryWord = one_of(kRetryWords);
constexpr Shape kRetryOn = list_of(kRetryWord);
constexpr Shape kAttempts = integer(1, 10);
constexpr Key kRetryKeys[] = {
    {"attempts", &kAttempts, "attempts in total, the first included",
     "a second one on another target, after connect-failure"},
    {"on", &kRetryOn, "what is retried; other than idempotent methods only after connect-failure",
     "[ connect-failure ]"},
};
constexpr Shape kRetry = object(kRetryKeys);
constexpr Shape kHealthPath = text("a path that begins with /");
constexpr Shape kCount = integer(1, 1000);
constexpr Key kHealthKeys[] = {
    {"path", &kHealthPath, "GET of it must answer 2xx", {}, true},
    {"every", &kWait, "time between two checks", "5s"},
    {"timeout", &kWait, "time for one", "2s"},
    {"rise", &kCount, "good ones in a row that bring a target back", "2"},
    {"fall", &kCount, "bad ones in a row that take it out", "3"},
};
constexpr Shape kHealth = object(kHealthKeys);
constexpr Word kOffWord[] = {"off"};
constexpr Shape kOff = one_of(kOffWord);
constexpr Shape kPercent{.kind = Kind::Percent, .min = 0, .max = 100};
constexpr Key kEjectionKeys[] = {
    {"failures", &kCount, "failed requests in a row that take a target out", "5"},
    {"for", &kWait, "for how long", "10s"},
    {"max_share", &kPercent, "largest share of the targets that may be out", "50%"},
};
constexpr Shape kEjection = object(kEjectionKeys, &kOff);
constexpr Shape kPoolMax = integer(1, 1'000'000);
constexpr Shape kPoolKeep = integer(0, 1'000'000);
constexpr Key kPoolKeys[] = {
    {"max", &kPoolMax, "most connections to one target", "1024"},
    {"keep", &kPoolKeep, "most idle ones kept open to one target", "128"},
};
constexpr Shape kPool = object(kPoolKeys);
constexpr Key kUpstreamKeys[] = {
    {"targets", &kTargets, "where requests go", {}, true},
    {"tls", &kUpstreamTls, "for https targets"},
    {"protocol", &kProtocol, "what is spoken", "http1"},
    {"balance", &kBalance, "how a target is chosen", "round_robin"},
    {"timeout", &kUpstreamTimeout, "a timeout of the route wins over these"},
    {"retry", &kRetry, "further attempts"},
    {"health", &kHealth, "active checks", "none"},
    {"ejection", &kEjection, "passive checks, or off", "after 5 failures for 10s"},
    {"connections", &kPool, "the pool"},
};
constexpr Shape kUpstream = object(kUpstreamKeys);
constexpr Shape kUpstreams = table_of(kUpstream);

// ---- routes ----

constexpr Shape kPathTemplate = text("a path such as /users/{id}");
constexpr Shape kPathTemplates = list_of(kPathTemplate, false, &kPathTemplate);
constexpr Shape kMatchHosts = list_of(kHostPattern, false, &kHostPattern);
constexpr Shape kMethod = text("an upper-case method");
constexpr Shape kMethods = list_of(kMethod, false);
constexpr Shape kConditionValue = text("the exact value, or `present`");
constexpr Shape kConditions = table_of(kConditionValue);
constexpr Key kMatchKeys[] = {
    {"path", &kPathTemplates, "one path or several; {x} one segment, {x}:verb, {x...} the rest", {}, true},
    {"host", &kMatchHosts, "one host or several; `*.suffix` takes one or more labels", "any host"},
    {"methods", &kMethods, "GET stands for HEAD too", "all methods"},
    {"headers", &kConditions, "header: exact value or present"},
    {"query", &kConditions, "parameter: exact value or present"},
};
constexpr Shape kMatch = object(kMatchKeys);

constexpr Shape kQueryKey = text("true, false or the name of a query parameter");
constexpr Shape kAuthenticator = text("key or none");
constexpr Shape kAuthenticate = list_of(kAuthenticator, false);
constexpr Shape kFilledText = filled("a text");
constexpr Shape kFieldValues = table_of(kFilledText);
constexpr Shape kFixedFieldValues = table_of(kText);
constexpr Key kRequestHeaderKeys[] = {
    {"set", &kFieldValues, "replace or make; an empty value removes the field"},
    {"add", &kFieldValues, "one more line each"},
    {"remove", &kFieldNames, "done before set and add"},
    {"keep", &kFieldNames, "fields that Reeve would drop by itself"},
};
constexpr Key kResponseHeaderKeys[] = {
    {"set", &kFieldValues, "replace or make; an empty value removes the field"},
    {"remove", &kFieldNames, "done before set"},
};
constexpr Shape kRequestHeaders = object(kRequestHeaderKeys);
constexpr Shape kResponseHeaders = object(kResponseHeaderKeys);
constexpr Key kHeaderKeys[] = {
    {"request", &kRequestHeaders, "edits on the way to the upstream"},
    {"response", &kResponseHeaders, "edits on the way to the client"},
};
constexpr Shape kHeaders = object(kHeaderKeys);

constexpr Shape kOrigin = text("an origin such as https://app.example.com, or *");
constexpr Shape kOrigins = list_of(kOrigin, false);
constexpr Shape kCorsMethods = list_of(kMethod);
constexpr Key kCorsKeys[] = {
    {"origins", &kOrigins, "origins that may read answers", {}, true},
    {"methods", &kCorsMethods, "methods that they may use", "those of the route"},
    {"headers", &kFieldNames, "request headers that they may send"},
    {"expose", &kFieldNames, "answer headers that they may read, beside Reeve-Decision and Retry-After"},
    {"credentials", &kBoolean, "cookies and the like may be sent; excludes *", "false"},
    {"max_age", &kGrace, "how long browsers may keep this answer"},
};
constexpr Shape kCors = object(kCorsKeys);

constexpr Shape kForwardPath = filled("a path");
constexpr Shape kPrefix = text("whole segments such as /api");
constexpr Shape kForwardHost = text("keep, upstream or a host");
constexpr Key kForwardKeys[] = {
    {"path", &kForwardPath, "replaces the path; {name} is a parameter of match.path; the query stays"},
    {"strip_prefix", &kPrefix, "takes whole segments off the path's beginning; excludes path"},
    {"host", &kForwardHost, "the Host that the upstream sees", "keep"},
};
constexpr Shape kForward = object(kForwardKeys);
constexpr Word kSlashWords[] = {"refuse", "keep"};
constexpr Shape kEncodedSlash = one_of(kSlashWords);
constexpr Word kUpgradeWords[] = {"websocket"};
constexpr Shape kUpgradeWord = one_of(kUpgradeWords);
constexpr Shape kUpgrade = list_of(kUpgradeWord);
constexpr Shape kTotal = duration(kMillisecond, 365 * kDay, "none");
constexpr Shape kLongWait = duration(kMillisecond, 365 * kDay);
constexpr Key kRouteTimeoutKeys[] = {
    {"response", &kLongWait, "to the first byte of the answer's head", "the upstream's"},
    {"idle", &kLongWait, "longest gap between bytes of the answer's body", "the upstream's"},
    {"total", &kTotal, "for the whole exchange", "none"},
};
constexpr Shape kRouteTimeout = object(kRouteTimeoutKeys);
constexpr Shape kBodyMax = size(0, std::int64_t{1} << 50);
constexpr Key kBodyKeys[] = {
    {"max", &kBodyMax, "largest request body", "no limit"},
    {"types", &kTexts, "media types that are let through; type/* is any of its kind", "any"},
};
constexpr Shape kBody = object(kBodyKeys);
constexpr Shape kRetryAfter = duration(kSecond, 365 * kDay);
constexpr Key kMaintenanceKeys[] = {{"retry_after", &kRetryAfter, "the answer's Retry-After"}};
constexpr Shape kMaintenance = object(kMaintenanceKeys);

constexpr Shape kUpstreamName = text("the name of an upstream");
constexpr Key kShareKeys[] = {
    {"name", &kUpstreamName, "an upstream", {}, true},
    {"weight", &kWeight, "its share of the requests", "1"},
};
constexpr Shape kShare = object(kShareKeys);
constexpr Shape kToUpstream = list_of(kShare, false, &kUpstreamName);
constexpr Word kRedirectWords[] = {"301", "302", "303", "307", "308"};
constexpr Shape kRedirectStatus{.kind = Kind::Integer, .min = 300, .max = 399, .words = kRedirectWords};
constexpr Shape kRedirectTo = filled("a URL, or a path");
constexpr Key kRedirectKeys[] = {
    {"to", &kRedirectTo, "a URL or a path; {name} is a parameter of match.path", {}, true},
    {"status", &kRedirectStatus, "301, 302, 303, 307 or 308", "302"},
};
constexpr Shape kRedirect = object(kRedirectKeys);
constexpr Shape kStatus = integer(200, 599);
constexpr Key kRespondKeys[] = {
    {"status", &kStatus, "200 to 599", "200"},
    {"headers", &kFixedFieldValues, "fields of the answer"},
    {"body", &kFilledText, "text of the answer"},
};
constexpr Shape kRespond = object(kRespondKeys);
constexpr Shape kRouteName = text("a name");

#define REEVE_ROUTE_SETTINGS                                                                             \
  {"authenticate", &kAuthenticate, "who is let in: any of key, or none for everybody"},                  \
      {"require", &kPermissions, "permissions, all needed", "none"},                                     \
      {"networks", &kNetworkRule, "addresses that are let in or kept out", "anywhere"},                  \
      {"limits", &kLimitNames, "limits that apply", "none"},                                             \
      {"hours", &kWindows, "when it is open", "always"},                                                 \
      {"body", &kBody, "what is let through of request bodies"}, {"headers", &kHeaders, "header edits"}, \
      {"cors", &kCors, "cross-origin use from browsers"},                                                \
      {"forward", &kForward, "path and host for the upstream"},                                          \
      {"encoded_slash", &kEncodedSlash, "what to do with %2F in the path", "refuse"},                    \
      {"forward_credential", &kBoolean, "pass the accepted credential on", "false"},                     \
      {"key_in_query", &kQueryKey, "take a key from the query", "false"},                                \
      {"upgrade", &kUpgrade, "protocols that may be switched to", "[]"},                                 \
      {"timeout", &kRouteTimeout, "wins over the upstream's"},                                           \
      {"hidden", &kBoolean, "refusals look as if there were no such route", "false"},                    \
      {"enabled", &kBoolean, "false: as if it were not here", "true"},                                   \
      {"maintenance", &kMaintenance, "answer 503 after the access checks"},                              \
      {"price", &kLater, "what a request costs", "none"}

constexpr Key kDefaultsKeys[] = {REEVE_ROUTE_SETTINGS};
constexpr Shape kDefaults = object(kDefaultsKeys);
constexpr Key kRouteKeys[] = {
    {"name", &kRouteName, "unique among routes", {}, true},
    {"match", &kMatch, "which requests it takes", {}, true},
    REEVE_ROUTE_SETTINGS,
    {"upstream", &kToUpstream, "forward there: a name, or a list of { name, weight }"},
    {"redirect", &kRedirect, "answer with a redirect"},
    {"respond", &kRespond, "answer with this"},
    {"ai", &kLater, "serve the AI endpoints"},
    {"cache", &kLater, "reserved for later"},
    {"guards", &kLater, "reserved for later"},
    {"guard", &kLater, "reserved for later"},
    {"mcp", &kLater, "reserved for later"},
    {"park", &kLater, "reserved for later"},
};
#undef REEVE_ROUTE_SETTINGS
constexpr Shape kRoute = object(kRouteKeys);
constexpr Shape kRoutes = list_of(kRoute);

// ---- the file ----

constexpr Shape kFolder = text("a folder, relative to the main configuration file");
constexpr Shape kKeep = duration(kDay / 24, 10 * 365 * kDay);
constexpr Key kDecisionsKeys[] = {
    {"keep", &kKeep, "how long they, and the configurations that they were taken under, can be explained",
     "30d"},
    {"sample", &kLater, "share of the allowed requests that is recorded"},
};
constexpr Shape kDecisions = object(kDecisionsKeys);
constexpr Word kLostAccessWords[] = {"refuse", "warn"};
constexpr Shape kLostAccess = one_of(kLostAccessWords);
constexpr Key kGateKeys[] = {
    {"lost_access", &kLostAccess, "refuse a reload by which a caller would lose access, or only warn",
     "refuse"},
    {"accept", &kTexts, "digests of losses that are accepted; `reeve plan` tells them", "[]"},
};
constexpr Shape kGate = object(kGateKeys);
constexpr Key kRootKeys[] = {
    {"include", &kTexts, "further files, relative to this one, * and ? allowed"},
    {"data", &kFolder, "folder of everything that lasts", "./reeve-data"},
    {"store", &kLater, "where run-time data is kept", "sqlite:reeve.db"},
    {"environment", &kEnvironment, "which keys are valid here: live or test", "live"},
    {"listen", &kListeners, "where clients connect", "127.0.0.1:8080"},
    {"admin", &kAdmin, "the admin API"},
    {"server", &kServer, "limits of the client side"},
    {"dns", &kDns, "name resolution"},
    {"access_log", &kAccessLog, "stdout, off or file:NAME in the data folder", "stdout"},
    {"log", &kLog, "level of messages on stderr", "info"},
    {"threads", &kThreads, "reactors", "auto"},
    {"trusted_proxies", &kTexts, "addresses and networks that are believed, and unix", "[]"},
    {"client_ip", &kClientIp, "how they tell the client's address"},
    {"networks", &kNetworks, "named networks"},
    {"roles", &kRoles, "role to permissions"},
    {"organisations", &kOrganisations, "organisations"},
    {"teams", &kTeams, "teams"},
    {"limits", &kLimits, "rates, quotas, concurrency"},
    {"authenticators", &kLater, "who else vouches for callers"},
    {"global", &kGlobal, "networks and limits of every request"},
    {"defaults", &kDefaults, "for routes that do not write the key; a key is replaced whole"},
    {"upstreams", &kUpstreams, "name to upstream"},
    {"routes", &kRoutes, "what is served"},
    {"callers", &kCallers, "who calls"},
    {"decisions", &kDecisions, "which decisions are kept, and how long"},
    {"expect", &kExpects, "the policy's own tests"},
    {"gate", &kGate, "what a reload may take away"},
    {"disclosure", &kDisclosure, "what refusals tell"},
    {"providers", &kLater, "AI providers"},
    {"models", &kLater, "model aliases"},
    {"prices", &kLater, "prices of models"},
    {"budgets", &kLater, "what may be spent"},
    {"ledger", &kLater, "how costs are kept"},
    {"tags", &kLater, "tags on costs"},
    {"cache", &kLater, "reserved for later"},
    {"guards", &kLater, "reserved for later"},
    {"guard", &kLater, "reserved for later"},
    {"mcp", &kLater, "reserved for later"},
    {"park", &kLater, "reserved for later"},
};
constexpr Shape kRoot = object(kRootKeys);

}  // namespace

const Shape& root_shape() {
  return kRoot;
}
const Shape& route_shape() {
  return kRoute;
}

}  // namespace reeve::config
