// SPDX-License-Identifier: Apache-2.0
// Any request asked who sent it: verdicts are consistent, hold nothing of the credential, and what was
// accepted is gone when what must be removed is. Any text as a key: the slip that is told mends it.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "crypto/sha256.h"
#include "http/h1/parse.h"
#include "identity/challenge.h"
#include "identity/credential.h"
#include "identity/key_format.h"
#include "identity/key_slip.h"

namespace {

using namespace reeve;
using namespace reeve::identity;
using State = policy::CredentialVerdict::State;

constexpr std::string_view kKey = "rv_live_7Qd2XkPaAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA1uyWKz";
constexpr std::string_view kForeign = "hunter2";

void require(bool holds) {
  if (!holds) std::abort();
}

struct World {
  policy::KeyTable with_foreign;
  policy::KeyTable own_only;
  crypto::Engine engine;

  World() {
    const KeyParts parts = parse_key(kKey).value();
    const policy::Key own{.hash = crypto::sha256(parts.secret), .caller = 1};
    policy::Key foreign{.hash = crypto::sha256(kForeign), .caller = 2};
    foreign.foreign = true;
    require(own_only.add(parts.id, own, std::nullopt) && with_foreign.add(parts.id, own, std::nullopt) &&
            with_foreign.add("legacy", foreign, std::nullopt));
  }
};

void check_slip(std::string_view text) {
  const KeySlip found = find_slip(text);
  require((found.slip == policy::Slip::None) == parse_key(text).has_value());
  require(found.at <= kKeySize + 1);
  if (found.at == 0) return;
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x80) return;  // bytes are not characters then
  std::string other(text);
  const std::size_t at = found.at - 1u;
  const auto some_digit_mends = [&](std::string candidate) {
    for (const char c : std::string(kBase62) + "_") {
      candidate[at] = c;
      if (parse_key(candidate)) return true;
    }
    return false;
  };
  switch (found.slip) {
    case policy::Slip::Missing:
      require(some_digit_mends(other.insert(at, 1, '?')));
      break;
    case policy::Slip::Extra:
      require(parse_key(other.erase(at, 1)).has_value());
      break;
    case policy::Slip::Transposition:
      std::swap(other.at(at), other.at(at + 1));
      require(parse_key(other).has_value());
      break;
    default:
      require(some_digit_mends(other));
  }
}

/// The request without what must be removed.
std::string without(const http::RequestHead& head, const Removal& removal) {
  std::string query(head.query.size(), '?');
  query.resize(copy_query(head.query, removal, query.data()));
  std::string text = "GET /?" + query + (head.minor == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  std::uint32_t next = 0;
  for (std::uint32_t i = 0; i < head.fields.size(); ++i) {
    if (next < removal.lines.size() && removal.lines[next] == i) {
      ++next;
      continue;
    }
    text.append(head.data + head.fields[i].begin, head.fields[i].end - head.fields[i].begin);
  }
  require(next == removal.lines.size());
  return text + "\r\n";
}

bool parse(std::string_view text, http::RequestHead& head) {
  std::uint32_t scanned = 0;
  return http::h1::parse_request(text, {.head_max = 1 << 20, .uri_max = 1 << 20}, scanned, head).state ==
         http::h1::ParseState::Complete;
}

void check(const http::RequestHead& head, const policy::Acceptance& acceptance, const policy::KeyTable& keys,
           World& world) {
  const KeyRules rules{.keys = keys, .now = WallTime(std::chrono::seconds(1))};
  Identified first;
  identify(head, acceptance, rules, world.engine, first);
  const policy::CredentialVerdict& verdict = first.verdict;
  require((verdict.state == State::Accepted) == (verdict.caller != policy::kNone));
  require(verdict.slip == policy::Slip::None || verdict.code == Code::CredentialMalformed);
  require(verdict.context.find("AAAA") == std::string_view::npos);
  require(first.removal.empty() == (verdict.state != State::Accepted || acceptance.forward_credential));
  require(verdict.state != State::Anonymous || acceptance.none);
  Challenges challenges;
  add_challenges(acceptance, verdict, challenges);
  if (first.removal.empty() || verdict.place == policy::CredentialPlace::ReeveKey) return;
  // What is left holds the accepted key in no place that is looked at.
  const std::string rest = without(head, first.removal);
  http::RequestHead left;
  require(parse(rest, left));
  Identified second;
  identify(left, acceptance, rules, world.engine, second);
  require(second.verdict.state != State::Accepted || second.verdict.key != verdict.key);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_slip(bytes);
  http::RequestHead head;
  if (!parse(bytes, head)) return 0;
  for (const auto* keys : {&world.own_only, &world.with_foreign})
    for (const char* parameter : {"", "key"}) {
      check(head, {.key = true, .query_parameter = parameter}, *keys, world);
      check(head, {.none = true, .key = true, .query_parameter = parameter, .forward_credential = true},
            *keys, world);
    }
  return 0;
}
