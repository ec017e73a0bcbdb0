// SPDX-License-Identifier: Apache-2.0
// The lists behind the questions of field_rules.h.
#include "http/field_rules.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "http/field_name.h"

namespace reeve::http {

namespace {

// By what RFC 9110 6.5.1 names as reasons: request modifiers, authentication and state, response control,
// content.
constexpr std::array<std::string_view, 40> kNeverTrailers{
    "age",
    "authentication-info",
    "authorization",
    "cache-control",
    "content-encoding",
    "content-language",
    "content-location",
    "content-range",
    "cookie",
    "expires",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "location",
    "max-forwards",
    "pragma",
    "proxy-authentication-info",
    "range",
    "retry-after",
    "set-cookie",
    "vary",
    "warning",
    "www-authenticate",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "ratelimit",
    "ratelimit-policy",
    "x-api-key",
    "x-goog-api-key",
    "http2-settings",
    "sec-websocket-key",
    "sec-websocket-accept",
    "x-real-ip",
    "content-security-policy",
};

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return ascii::is_digit(c) || (c >= 'a' && c <= 'f'); });
}
bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

bool may_be_trailer(std::string_view name) {
  if (!ascii::is_token(name) || name.find('_') != std::string_view::npos) return false;
  switch (field_id(name)) {
    case FieldId::Other:
      return std::ranges::none_of(kNeverTrailers,
                                  [name](std::string_view no) { return ascii::iequals(name, no); });
    case FieldId::ReeveTag:
      return true;
    default:
      return false;  // every other field that some rule speaks of belongs into the head
  }
}

bool may_be_set(std::string_view name) {
  if (!ascii::is_token(name)) return false;
  const FieldId id = field_id(name);
  const bool reeve = id == FieldId::ReeveAny || id == FieldId::ReeveTag;
  return !is_hop_by_hop(id) && !reeve && id != FieldId::Host && id != FieldId::ContentLength;
}

bool is_dropped(const FieldLine& line) {
  return line.hop_by_hop || line.underscore || line.id == FieldId::ReeveAny ||
         line.id == FieldId::XOriginalUrl || line.id == FieldId::XRewriteUrl;
}

bool is_request_id(std::string_view text) {
  constexpr std::size_t kMax = 128;
  return !text.empty() && text.size() <= kMax && std::ranges::all_of(text, [](char c) {
    return ascii::is_alpha(c) || ascii::is_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

bool is_traceparent(std::string_view text) {
  constexpr std::size_t kSize = 55;  // vv-<32>-<16>-ff
  if (text.size() < kSize) return false;
  const std::string_view version = text.substr(0, 2);
  const std::string_view trace = text.substr(3, 32);
  const std::string_view parent = text.substr(36, 16);
  const std::string_view flags = text.substr(53, 2);
  if (text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  if (!is_lower_hex(version) || !is_lower_hex(trace) || !is_lower_hex(parent) || !is_lower_hex(flags))
    return false;
  if (version == "ff" || is_zero(trace) || is_zero(parent)) return false;
  if (version == "00") return text.size() == kSize;
  return text.size() == kSize || text[kSize] == '-';
}

bool via_names(const Head& head, std::string_view pseudonym) {
  for (const FieldLine& line : head.fields) {
    if (line.id != FieldId::Via) continue;
    const bool absent = ascii::for_each_element(head.value(line), [&](std::string_view element) {
      const std::size_t space = element.find_first_of(" \t");
      if (space == std::string_view::npos) return true;
      const std::string_view rest = ascii::trim(element.substr(space));
      return !ascii::iequals(rest.substr(0, rest.find_first_of(" \t")), pseudonym);
    });
    if (!absent) return true;
  }
  return false;
}

UpgradeTokens upgrade_tokens(const Head& head) {
  UpgradeTokens tokens;
  for (const FieldLine& line : head.fields) {
    if (line.id != FieldId::Upgrade) continue;
    ascii::for_each_element(head.value(line), [&](std::string_view element) {
      const std::string_view protocol = element.substr(0, element.find('/'));
      if (ascii::iequals(protocol, "websocket")) {
        tokens.websocket = true;
      } else if (ascii::iequals(protocol, "h2c")) {
        tokens.h2c = true;
      } else if (!element.empty()) {
        tokens.other = true;
      }
      return true;
    });
  }
  return tokens;
}

}  // namespace reeve::http
