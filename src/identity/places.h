// SPDX-License-Identifier: Apache-2.0
// Where in a request keys may stand (contract, 3): a walk over the values of these places, and how each is
// written there. Second in `identify`, behind the route; which value counts is credential.h's matter. One
// pass over the field lines for each walk; no allocation unless an encoded value is long.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "http/message.h"
#include "policy/credential.h"

namespace reeve::identity {

/// Room for one decoded value: on the stack as long as it is of a usual size.
class Decoded {
 public:
  Decoded() {}  // writes nothing
  char* room(std::size_t size);

 private:
  char near_[256];
  std::unique_ptr<char[]> far_;
};

/// One value that came, not empty as written.
struct Holding {
  enum class Coding : std::uint8_t { Plain, Percent, Basic };

  policy::CredentialPlace place = policy::CredentialPlace::None;
  Coding coding = Coding::Plain;
  std::uint32_t begin = 0;  ///< index of the field line; in the query the offset of its parameter
  std::uint32_t end = 0;    ///< in the query one past the parameter and the '&' behind it
  std::string_view written;
};

struct Value {
  policy::CredentialPlace place = policy::CredentialPlace::None;
  bool undecodable = false;    ///< Basic that is no base64 of user:password; then `text` is what was written
  std::string_view text = {};  ///< into the request, or into the room it was decoded to; may be empty
};

Value decode(const Holding& holding, Decoded& room);
/// %XX decoded; what is no such triplet, and '+', stay as they are.
std::string_view percent_decode(std::string_view text, Decoded& room);

/// `Bearer abc`: the scheme is what stands before the first white space, the rest begins behind all spaces.
struct Authorization {
  std::string_view scheme;
  std::string_view rest;
};
Authorization split_authorization(std::string_view value);

/// Takes the next parameter off the front of `query` (behind '?'), from offset `at` on, which is moved.
struct Parameter {
  std::string_view name;
  std::string_view value;
};
Parameter take_parameter(std::string_view query, std::uint32_t& at);

/// The values in proper places, fields in their order, then the query. Where a Reeve-Key is set, only it.
class ProperPlaces {
 public:
  ProperPlaces(const http::RequestHead& head, const policy::Acceptance& acceptance);
  bool next(Holding& found);

 private:
  bool next_field(Holding& found);
  bool next_parameter(Holding& found);

  const http::RequestHead& head_;
  std::string_view parameter_;  ///< empty: the query is not looked at
  bool reeve_key_only_;
  std::uint32_t line_ = 0;
  std::uint32_t query_at_ = 0;
};

}  // namespace reeve::identity
