// SPDX-License-Identifier: Apache-2.0
#include "config/values.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/ascii.h"
#include "config/grammar.h"
#include "config/suggest.h"
#include "crypto/sha256.h"
#include "http/authority.h"

namespace reeve::config {

namespace {

constexpr std::size_t kReferencedMax = 16 * 1024 * 1024;

std::optional<std::int64_t> number(const yaml::Node* node, Number (*parse)(std::string_view)) {
  if (node == nullptr) return std::nullopt;
  const Number number = parse(node->text);
  return number.ok() ? std::optional(number.value) : std::nullopt;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), ascii::lower);
  return out;
}

/// What to write instead of an address that is none.
std::string address_fix(std::string_view text) {
  if (text.starts_with("unix:")) return "write unix: and an absolute path of at most 107 bytes";
  const std::size_t colon = text.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
  const std::string_view host = text.substr(0, colon);
  if (ascii::parse_decimal<std::uint16_t>(text))
    return fmt::format("write 127.0.0.1:{0} or 0.0.0.0:{0}", text);
  if (ascii::parse_decimal<std::uint16_t>(port)) {
    if (host.empty() || host == "*") return fmt::format("write 0.0.0.0:{0} or [::]:{0}", port);
    if (host == "localhost") return fmt::format("write 127.0.0.1:{}", port);
    if (host.find(':') != std::string_view::npos && !host.starts_with('['))
      return fmt::format("write [{}]:{}", host, port);
  }
  if (IpAddress::parse(text)) return "add a port; 0 lets the system choose";
  return "write an address and a port such as 127.0.0.1:8080, [::1]:8080 or unix:/path";
}

}  // namespace

const yaml::Node* get(const yaml::Node& object, std::string_view key) {
  const yaml::Node* value = object.find(key);
  return value == nullptr || value->bad ? nullptr : value;
}

std::optional<bool> boolean(const yaml::Node& object, std::string_view key) {
  const yaml::Node* node = get(object, key);
  if (node == nullptr || node->text.empty()) return std::nullopt;
  return node->text[0] == 't' || node->text[0] == 'T';
}

std::optional<std::int64_t> integer(const yaml::Node& object, std::string_view key) {
  return number(get(object, key), parse_integer);
}
std::optional<std::int64_t> size(const yaml::Node& object, std::string_view key) {
  return number(get(object, key), parse_size);
}
std::optional<std::int64_t> percent(const yaml::Node& object, std::string_view key) {
  return number(get(object, key), parse_percent);
}
std::optional<Duration> duration(const yaml::Node& object, std::string_view key) {
  const auto value = number(get(object, key), parse_duration);
  return value ? std::optional(Duration(*value)) : std::nullopt;
}
std::optional<std::string> text(const yaml::Node& object, std::string_view key) {
  const yaml::Node* node = get(object, key);
  return node == nullptr || !node->is_scalar() ? std::nullopt : std::optional(node->text);
}

std::optional<Endpoint> address(const yaml::Node& value, Context& context) {
  std::optional<Endpoint> endpoint = parse_endpoint(value.text);
  if (endpoint) {
    const auto* socket = std::get_if<UnixEndpoint>(&*endpoint);
    if (socket == nullptr || socket->path.starts_with('/')) return endpoint;
  }
  context.findings.error(rule::kBadValue, value.at,
                         fmt::format("{} is not an address to listen on", quoted(value.text)),
                         address_fix(value.text));
  return std::nullopt;
}

std::optional<std::string> referenced_file(const yaml::Node& value, Context& context) {
  const std::string path = context.absolute(value.text);
  auto bytes = context.reader.read(path, kReferencedMax);
  if (!bytes) {
    context.findings.error(
        rule::kBadValue, value.at, fmt::format("{} cannot be read: {}", path, bytes.error()),
        "correct the path (it is relative to the main configuration file), or make it readable");
    return std::nullopt;
  }
  context.files_used[path] = crypto::sha256_hex(*bytes);
  return std::move(*bytes);
}

std::optional<IpNetwork> network(const yaml::Node& value, std::span<const std::string_view> words,
                                 Context& context) {
  const IpNetwork::Parsed parsed = IpNetwork::parse(value.text);
  if (parsed.network && !parsed.flaw) return parsed.network;
  if (parsed.flaw == IpNetwork::Flaw::HostBits && parsed.network) {
    context.findings.error(rule::kBadValue, value.at,
                           fmt::format("{} has host bits set: the network is {}", quoted(value.text),
                                       parsed.network->to_string()),
                           fmt::format("write {}", parsed.network->to_string()));
  } else if (parsed.flaw == IpNetwork::Flaw::PrefixRange) {
    context.findings.error(rule::kOutOfRange, value.at,
                           fmt::format("the prefix of {} is too long", quoted(value.text)),
                           "write at most /32 for IPv4 and /128 for IPv6");
  } else {
    context.findings.error(
        rule::kBadValue, value.at,
        fmt::format("{} is neither an address nor a network{}", quoted(value.text),
                    did_you_mean(value.text, words)),
        words.empty() ? "write an address or a network such as 10.0.0.0/8"
                      : fmt::format("write an address, a network such as 10.0.0.0/8, or {}", words.front()));
  }
  return std::nullopt;
}

std::optional<std::string> host_pattern(const yaml::Node& value, Context& context) {
  const bool suffix = value.text.starts_with("*.");
  const std::string_view host = std::string_view(value.text).substr(suffix ? 2 : 0);
  const auto authority = http::parse_authority(host);
  const bool usual = host.starts_with('[') ? !suffix : std::ranges::all_of(host, [](char c) {
    return ascii::is_alpha(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_';
  });
  if (usual && authority && authority->host.size() == host.size()) {
    http::HostBuffer buffer;
    const std::string_view matching = http::matching_host(authority->host, buffer);
    return suffix ? "*." + std::string(matching) : std::string(matching);
  }
  std::string fix =
      "write a host such as api.example.com, or *.example.com; names in other scripts in their xn-- form";
  if (value.text == "*") fix = "leave `host` out: then any host matches";
  if (authority && !authority->port.empty()) fix = "leave the port out: hosts compare without it";
  context.findings.error(rule::kBadValue, value.at, fmt::format("{} is not a host", quoted(value.text)),
                         std::move(fix));
  return std::nullopt;
}

bool check_name(std::string_view name, SourcePos at, std::string_view what, Context& context) {
  if (is_name(name) && name != "anonymous") return true;
  if (name == "anonymous")
    context.findings.error(rule::kBadValue, at,
                           fmt::format("`anonymous` is reserved and cannot name {}", what),
                           "choose another name");
  else
    context.findings.error(
        rule::kBadValue, at, fmt::format("{} cannot name {}", quoted(name), what),
        "begin with a letter or digit, go on with letters, digits and . _ : @ / -, at most 128 in all");
  return false;
}

std::optional<std::string> field_name(std::string_view name, SourcePos at, Context& context) {
  if (ascii::is_token(name)) return lower(name);
  context.findings.error(rule::kBadValue, at, fmt::format("{} is not a header name", quoted(name)),
                         "use letters, digits and - only");
  return std::nullopt;
}

bool field_value(std::string_view value, SourcePos at, Context& context) {
  const bool fine = std::ranges::none_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
  if (!fine)
    context.findings.error(rule::kBadValue, at,
                           "a header value must not hold line breaks or control characters",
                           "write it on one line; `>-` folds a long text and ends it without a line break");
  return fine;
}

}  // namespace reeve::config
