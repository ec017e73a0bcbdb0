// SPDX-License-Identifier: Apache-2.0
// Which credential counts and what it is worth (contract, 3; rules, 3), read off the request's texts one
// after the other. Shares nothing with identity/. Tests only.
#pragma once

#include <algorithm>
#include <cctype>
#include <set>

#include "config/property_policy_test_support.h"

namespace reeve::config::simple {

struct Request {
  std::string method = "GET";
  std::string host;  ///< with a port, in any case; as in Host
  std::string path;
  std::string query;  ///< without '?'
  Pairs headers;
  std::optional<std::string> client;
  std::int64_t wall_ns = 0;
  std::int64_t mono_ns = 0;
  std::string flaw;  ///< a code that the request itself has earned before any route was looked for
};

inline std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}
inline bool begins(std::string_view text, std::string_view with) {
  return text.substr(0, with.size()) == with;
}
inline Texts split(const std::string& text, char at) {
  Texts parts(1);
  for (const char c : text) {
    if (c == at)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}
inline std::string trimmed(std::string text) {
  while (!text.empty() && text.front() == ' ') text.erase(0, 1);
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

inline const std::string kDigits62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// CRC-32 bit by bit, as six digits of base62.
inline std::string checksum(std::string_view text) {
  std::uint32_t crc = 0xffffffff;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
  }
  crc = ~crc;
  std::string digits;
  for (int i = 0; i < 6; ++i, crc /= 62) digits.insert(digits.begin(), kDigits62[crc % 62]);
  return digits;
}
inline bool whole_key(const std::string& text) {
  if (text.size() != 52 || (!begins(text, "rv_live_") && !begins(text, "rv_test_"))) return false;
  for (const char c : text.substr(8))
    if (kDigits62.find(c) == std::string::npos) return false;
  return checksum(text.substr(0, 46)) == text.substr(46);
}

/// An `rv_` at the beginning of a word, and a digit behind it.
inline bool holds_token(const std::string& text) {
  for (std::size_t i = 0; i + 3 < text.size(); ++i) {
    const bool begins_word =
        i == 0 || (text[i - 1] != '_' && kDigits62.find(text[i - 1]) == std::string::npos);
    if (begins_word && text.substr(i, 3) == "rv_" && kDigits62.find(text[i + 3]) != std::string::npos)
      return true;
  }
  return false;
}

/// Nothing when it is none.
inline std::optional<std::string> from_base64(std::string text) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (!text.empty() && text.back() == '=') text.pop_back();
  std::string bits;
  for (const char c : text) {
    const std::size_t value = digits.find(c);
    if (value == std::string::npos) return std::nullopt;
    for (int bit = 5; bit >= 0; --bit) bits += (value >> bit & 1) != 0 ? '1' : '0';
  }
  std::string bytes;
  for (std::size_t i = 0; i + 8 <= bits.size(); i += 8)
    bytes += static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2));
  return bytes;
}
inline std::string to_base64(const std::string& bytes) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (const char c : bytes)
    for (int bit = 7; bit >= 0; --bit) bits += (static_cast<unsigned char>(c) >> bit & 1) != 0 ? '1' : '0';
  while (bits.size() % 6 != 0) bits += '0';
  std::string text;
  for (std::size_t i = 0; i < bits.size(); i += 6)
    text += digits[static_cast<std::size_t>(std::stoi(bits.substr(i, 6), nullptr, 2))];
  while (text.size() % 4 != 0) text += '=';
  return text;
}
inline std::string percent_decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 2 >= text.size()) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
    i += 2;
  }
  return out;
}

/// Without quotes, white space and leading scheme words (`Bearer `, `Token: `).
inline std::string unwrapped(std::string text) {
  for (;;) {
    const std::string before = text;
    text = trimmed(text);
    while (!text.empty() && (text.front() == '"' || text.front() == '\'')) text.erase(0, 1);
    while (!text.empty() && (text.back() == '"' || text.back() == '\'')) text.pop_back();
    for (const char* scheme : {"Bearer ", "Token: ", "ApiKey "})
      if (begins(text, scheme)) text.erase(0, std::string_view(scheme).size());
    if (text == before) return text;
  }
}

struct Verdict {
  std::string code;  ///< "" = accepted, or nothing came and nothing is needed
  const Caller* caller = nullptr;
  const Key* key = nullptr;
};

inline Pairs parameters(const Request& request) {
  Pairs pairs;
  for (const std::string& pair : split(request.query, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    pairs.emplace_back(percent_decoded(pair.substr(0, equals)),
                       equals == pair.size() ? "" : percent_decoded(pair.substr(equals + 1)));
  }
  return pairs;
}

/// What came where keys belong, empty values left out. What cannot be decoded stands behind a zero byte.
inline std::set<std::string> proper_values(const Request& request, const Route& route) {
  std::set<std::string> first, others;
  for (const auto& [name, value] : request.headers) {
    const std::string field = lower(name);
    const std::string scheme = lower(value.substr(0, value.find(' ')));
    const std::string rest =
        value.find(' ') == std::string::npos ? "" : trimmed(value.substr(value.find(' ')));
    if (field == "reeve-key") first.insert(value);
    if (field == "x-api-key" || field == "x-goog-api-key") others.insert(value);
    if (field == "authorization" && scheme == "bearer") others.insert(rest);
    if (field != "authorization" || scheme != "basic" || rest.empty()) continue;
    const auto decoded = from_base64(rest);
    if (decoded && decoded->find(':') != std::string::npos) {
      others.insert(decoded->substr(decoded->find(':') + 1));
    } else if (!decoded || !holds_token(*decoded)) {
      others.insert(std::string(1, '\0') + rest);
    }
  }
  if (!route.key_in_query.empty())
    for (const auto& [name, value] : parameters(request))
      if (name == (route.key_in_query == "true" ? "key" : route.key_in_query)) others.insert(value);
  first.erase("");
  others.erase("");
  return first.empty() ? others : first;
}

inline bool misplaced_somewhere(const Request& request) {
  for (const auto& [name, value] : request.headers) {
    const std::string field = lower(name);
    if (field == "authorization") {
      const std::string scheme = lower(value.substr(0, value.find(' ')));
      if (!value.empty() && scheme != "bearer" && scheme != "basic") return true;
      const std::string rest =
          value.find(' ') == std::string::npos ? "" : trimmed(value.substr(value.find(' ')));
      const auto decoded = scheme == "basic" ? from_base64(rest) : std::nullopt;
      if (decoded && holds_token(decoded->substr(0, decoded->find(':')))) return true;
    } else if (field == "cookie") {
      for (const std::string& cookie : split(value, ';'))
        if (holds_token(cookie.substr(std::min(cookie.find('=') + 1, cookie.size())))) return true;
    } else if (holds_token(value)) {
      return true;
    }
  }
  return std::ranges::any_of(parameters(request), [](const auto& p) { return holds_token(p.second); });
}

/// Revoked, not yet valid, expired, or accepted.
inline Verdict in_force(const Caller& caller, const Key& key, std::int64_t now_ns) {
  const auto reached = [&](const std::optional<std::int64_t>& s) {
    return s && now_ns >= *s * 1'000'000'000;
  };
  Verdict verdict{.code = "", .caller = &caller, .key = &key};
  if (key.revoked || reached(key.revoked_at)) return {.code = "credential-revoked"};
  if (key.not_before && !reached(key.not_before)) return {.code = "credential-not-yet-valid"};
  if (reached(key.expires)) return {.code = "credential-expired"};
  return verdict;
}

inline Verdict worth(const Policy& policy, const std::string& value, std::int64_t now_ns) {
  bool any_foreign = false;
  for (const Caller& caller : policy.callers)
    for (const Key& key : caller.keys) any_foreign |= key.foreign;
  if (value[0] == '\0') return {.code = "credential-malformed"};
  if (!whole_key(value)) {
    const bool foreign = !begins(value, "rv_") && any_foreign;
    if (foreign)
      for (const Caller& caller : policy.callers)
        for (const Key& key : caller.keys)
          if (key.foreign && key.text == value) return in_force(caller, key, now_ns);
    if (unwrapped(value) != value && whole_key(unwrapped(value))) return {.code = "credential-misplaced"};
    return {.code = foreign ? "credential-unknown" : "credential-malformed"};
  }
  const std::string environment = value.substr(3, 4);
  if (environment != (policy.environment.empty() ? "live" : policy.environment))
    return {.code = "credential-wrong-environment"};
  for (const Caller& caller : policy.callers)
    for (const Key& key : caller.keys) {
      // What is stored is id and hash of the secret; the environment is a note beside them.
      if (key.foreign || key.text.substr(8, 38) != value.substr(8, 38)) continue;
      if ((key.env.empty() ? "live" : key.env) != environment)
        return {.code = "credential-wrong-environment"};
      return in_force(caller, key, now_ns);
    }
  return {.code = "credential-unknown"};
}

inline Verdict verdict_of(const Policy& policy, const Request& request, const Route& route,
                          const Texts& accepted) {
  const bool none = std::ranges::find(accepted, "none") != accepted.end();
  if (none && accepted.size() == 1) return {};
  std::set<std::string> values = proper_values(request, route);
  if (values.empty()) {
    if (misplaced_somewhere(request)) return {.code = "credential-misplaced"};
    return {.code = none ? "" : "credential-missing"};
  }
  std::set<std::string> marked;
  for (const std::string& value : values)
    if (begins(value, "rv_")) marked.insert(value);
  if (marked.size() == 1) values = marked;
  if (values.size() > 1) return {.code = "credential-ambiguous"};
  return worth(policy, *values.begin(), request.wall_ns);
}

}  // namespace reeve::config::simple
