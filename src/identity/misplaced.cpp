// SPDX-License-Identifier: Apache-2.0
#include "identity/misplaced.h"

#include <algorithm>

#include "base/ascii.h"
#include "identity/basic.h"
#include "identity/places.h"
#include "identity/wrapping.h"

namespace reeve::identity {

using policy::CredentialPlace;

namespace {

/// In the order in which they are told: what was most likely meant as a credential first.
enum Rank : std::size_t { kScheme, kUserName, kQuery, kCookie, kField, kNothing };

constexpr Misplaced kWithoutScheme{CredentialPlace::AuthorizationOther,
                                   "Authorization holds a value without a scheme"};
constexpr Misplaced kOtherScheme{CredentialPlace::AuthorizationOther,
                                 "Authorization is of a scheme that is neither Bearer nor Basic"};
constexpr Misplaced kTold[] = {
    kOtherScheme,
    {CredentialPlace::BasicUserName, "a key stands as the user name of Basic; it belongs into the password"},
    {CredentialPlace::OtherQuery, "a key stands in the query, where this route does not look"},
    {CredentialPlace::Cookie, "a key stands in a cookie"},
    {CredentialPlace::OtherField, "a key stands in a field where none is looked for"},
    {},
};

bool user_name_holds_key(std::string_view encoded) {
  Decoded room;
  char* const out = room.room(basic_room(encoded));
  const auto text = decode_base64(encoded, out);
  return text && holds_key_token(text->substr(0, text->find(':')));
}

// A cookie's name may begin as a key does; its value is what counts.
bool cookie_holds_key(std::string_view cookies) {
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    const std::string_view pair = cookies.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (holds_key_token(equals == std::string_view::npos ? pair : pair.substr(equals + 1))) return true;
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
  }
  return false;
}

bool query_holds_key(std::string_view query) {
  Decoded room;
  for (std::uint32_t at = 0; at < query.size();)
    if (holds_key_token(percent_decode(take_parameter(query, at).value, room))) return true;
  return false;
}

Rank rank_of(std::string_view name, std::string_view value) {
  if (ascii::iequals(name, "authorization")) {
    const Authorization sent = split_authorization(value);
    if (sent.scheme.empty() || ascii::iequals(sent.scheme, "bearer")) return kNothing;
    if (ascii::iequals(sent.scheme, "basic")) return user_name_holds_key(sent.rest) ? kUserName : kNothing;
    return kScheme;
  }
  if (ascii::iequals(name, "cookie")) return cookie_holds_key(value) ? kCookie : kNothing;
  return holds_key_token(value) ? kField : kNothing;
}

}  // namespace

Misplaced find_misplaced(const http::RequestHead& head) {
  Rank best = kNothing;
  bool scheme_named = true;
  for (const http::FieldLine& line : head.fields) {
    const std::string_view value = head.value(line);
    const Rank rank = rank_of(head.name(line), value);
    if (rank == kScheme && best != kScheme) scheme_named = !split_authorization(value).rest.empty();
    best = std::min(best, rank);
  }
  if (best > kQuery && query_holds_key(head.query)) best = kQuery;
  if (best == kScheme && !scheme_named) return kWithoutScheme;
  return kTold[best];
}

}  // namespace reeve::identity
