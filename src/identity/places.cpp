// SPDX-License-Identifier: Apache-2.0
#include "identity/places.h"

#include <algorithm>

#include "base/ascii.h"
#include "identity/basic.h"
#include "identity/wrapping.h"

namespace reeve::identity {

using http::FieldId;
using http::FieldLine;
using policy::CredentialPlace;

namespace {

bool is_reeve_key(const http::Head& head, const FieldLine& line) {
  return line.id == FieldId::ReeveAny && ascii::iequals(head.name(line), "reeve-key");
}

/// A value of that line in a proper place; its place is None when it is none.
Holding holding_of(const http::Head& head, const FieldLine& line) {
  const std::string_view name = head.name(line);
  const std::string_view value = head.value(line);
  if (is_reeve_key(head, line)) return {.place = CredentialPlace::ReeveKey, .written = value};
  if (line.id != FieldId::Other) return {};
  if (ascii::iequals(name, "x-api-key")) return {.place = CredentialPlace::XApiKey, .written = value};
  if (ascii::iequals(name, "x-goog-api-key"))
    return {.place = CredentialPlace::XGoogApiKey, .written = value};
  if (!ascii::iequals(name, "authorization")) return {};
  const Authorization sent = split_authorization(value);
  if (ascii::iequals(sent.scheme, "bearer"))
    return {.place = CredentialPlace::AuthorizationBearer, .written = sent.rest};
  if (ascii::iequals(sent.scheme, "basic"))
    return {
        .place = CredentialPlace::AuthorizationBasic, .coding = Holding::Coding::Basic, .written = sent.rest};
  return {};
}

}  // namespace

char* Decoded::room(std::size_t size) {
  if (size <= sizeof near_) return near_;
  far_ = std::make_unique_for_overwrite<char[]>(size);
  return far_.get();
}

std::string_view percent_decode(std::string_view text, Decoded& room) {
  if (!text.contains('%')) return text;
  char* const begin = room.room(text.size());
  char* out = begin;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && text.size() - i >= 3) {
      const int high = ascii::hex_value(text[i + 1]);
      const int low = ascii::hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        *out++ = static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    *out++ = text[i];
  }
  return {begin, static_cast<std::size_t>(out - begin)};
}

Value decode(const Holding& holding, Decoded& room) {
  Value value{.place = holding.place, .text = holding.written};
  if (holding.coding == Holding::Coding::Percent) value.text = percent_decode(holding.written, room);
  if (holding.coding == Holding::Coding::Basic) {
    char* const out = room.room(basic_room(holding.written));
    if (const auto basic = decode_basic(holding.written, out)) {
      value.text = basic->password;
    } else if (const auto whole = decode_base64(holding.written, out); whole && holds_key_token(*whole)) {
      value.text = {};  // a user name without a colon: no password was sent
    } else {
      value.undecodable = true;
    }
  }
  return value;
}

Authorization split_authorization(std::string_view value) {
  const std::size_t end = std::min(value.find_first_of(" \t"), value.size());
  Authorization sent{.scheme = value.substr(0, end), .rest = value.substr(end)};
  while (sent.rest.starts_with(' ')) sent.rest.remove_prefix(1);
  return sent;
}

Parameter take_parameter(std::string_view query, std::uint32_t& at) {
  const std::size_t end = std::min(query.find('&', at), query.size());
  const std::string_view pair = query.substr(at, end - at);
  at = static_cast<std::uint32_t>(std::min(end + 1, query.size()));
  const std::size_t equals = std::min(pair.find('='), pair.size());
  return {.name = pair.substr(0, equals), .value = pair.substr(std::min(equals + 1, pair.size()))};
}

ProperPlaces::ProperPlaces(const http::RequestHead& head, const policy::Acceptance& acceptance)
    : head_(head), reeve_key_only_(std::ranges::any_of(head.fields, [&](const FieldLine& line) {
        return line.value_length != 0 && is_reeve_key(head, line);
      })) {
  if (!reeve_key_only_) parameter_ = acceptance.query_parameter;
}

bool ProperPlaces::next(Holding& found) {
  return next_field(found) || next_parameter(found);
}

bool ProperPlaces::next_field(Holding& found) {
  while (line_ < head_.fields.size()) {
    const std::uint32_t index = line_++;
    found = holding_of(head_, head_.fields[index]);
    found.begin = index;
    if (found.written.empty() || (reeve_key_only_ && found.place != CredentialPlace::ReeveKey)) continue;
    return true;
  }
  return false;
}

bool ProperPlaces::next_parameter(Holding& found) {
  if (parameter_.empty()) return false;
  Decoded room;
  while (query_at_ < head_.query.size()) {
    found = {.place = CredentialPlace::Query, .coding = Holding::Coding::Percent, .begin = query_at_};
    const Parameter parameter = take_parameter(head_.query, query_at_);
    found.end = query_at_;
    found.written = parameter.value;
    if (!found.written.empty() && percent_decode(parameter.name, room) == parameter_) return true;
  }
  return false;
}

}  // namespace reeve::identity
