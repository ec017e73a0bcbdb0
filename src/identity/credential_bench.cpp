// SPDX-License-Identifier: Apache-2.0
// What a request's credential costs, by what it is: among 100,000 keys asked in turns. `allocations` are a
// request's; unknown ids and wrong secrets must not differ in time.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/prng.h"
#include "crypto/crc32.h"
#include "crypto/sha256.h"
#include "http/h1/parse.h"
#include "identity/credential.h"
#include "identity/key_format.h"
#include "tests/support/counted_allocations.h"

namespace reeve::identity {
namespace {

constexpr std::size_t kRegistered = 100'000;
constexpr std::size_t kAsked = 1024;

std::string key_of(Prng& prng, std::string_view id = {}) {
  std::array<std::byte, kKeyRandomBytes> bytes;
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(prng.next());
  std::string key = make_key(policy::KeyEnvironment::Live, bytes).value();
  if (id.empty()) return key;
  key.replace(kKeyPrefixSize, kKeyIdSize, id);
  const auto digits = checksum_digits(crypto::crc32(std::string_view(key).substr(0, kKeyBodySize)));
  return key.replace(kKeyBodySize, kKeyChecksumSize, digits.data(), digits.size());
}

enum class Case { Accepted, UnknownId, WrongSecret, Mistyped, Truncated, Basic, Anonymous, Misplaced };

struct Request {
  std::string text;
  http::RequestHead head;

  explicit Request(const std::string& line)
      : text(fmt::format(
            "GET /api/posts?page=2&sort=date HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: client/1.2\r\n"
            "Accept: application/json\r\nAccept-Encoding: gzip, br\r\nAccept-Language: en\r\n{}"
            "Content-Type: application/json\r\nCookie: a=b; c=d\r\nX-Request-Id: 0123456789\r\n\r\n",
            line)) {
    std::uint32_t scanned = 0;
    http::h1::parse_request(text, {}, scanned, head);
  }
};

std::string base64(std::string_view text) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::uint32_t bits = 0;
  unsigned waiting = 0;
  for (const char c : text) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (waiting += 8; waiting >= 6; waiting -= 6) out += kDigits[bits >> (waiting - 6) & 63];
  }
  if (waiting != 0) out += kDigits[bits << (6 - waiting) & 63];
  return out;
}

std::string line_for(Case what, const std::string& key, Prng& prng) {
  std::string sent = key;
  switch (what) {
    case Case::Accepted:
      break;
    case Case::UnknownId:
      sent = key_of(prng);
      break;
    case Case::WrongSecret:
      sent = key_of(prng, key.substr(kKeyPrefixSize, kKeyIdSize));
      break;
    case Case::Mistyped:
      sent[20] = sent[20] == 'x' ? 'y' : 'x';
      break;
    case Case::Truncated:
      sent.resize(51);
      break;
    case Case::Basic:
      return "Authorization: Basic " + base64("user:" + key) + "\r\n";
    case Case::Anonymous:
      return {};
    case Case::Misplaced:
      return "X-Key: " + key + "\r\n";
  }
  return "Authorization: Bearer " + sent + "\r\n";
}

void identify_one(benchmark::State& state, Case what) {
  Prng prng(1);
  policy::KeyTable keys;
  std::vector<std::unique_ptr<Request>> requests;
  for (std::size_t i = 0; i < kRegistered; ++i) {
    const std::string key = key_of(prng);
    const KeyParts parts = parse_key(key).value();
    keys.add(parts.id, {.hash = crypto::sha256(parts.secret), .caller = 0}, std::nullopt);
    if (i % (kRegistered / kAsked) == 0)
      requests.push_back(std::make_unique<Request>(line_for(what, key, prng)));
  }
  crypto::Engine engine;
  const policy::Acceptance acceptance{.none = true, .key = true};
  std::size_t next = 0;
  const std::size_t before = test::allocations;
  for (auto _ : state) {
    Identified identified;
    identify(requests[next++ % requests.size()]->head, acceptance, {.keys = keys}, engine, identified);
    benchmark::DoNotOptimize(identified.verdict);
  }
  state.counters["allocations"] =
      benchmark::Counter(static_cast<double>(test::allocations - before), benchmark::Counter::kAvgIterations);
}

BENCHMARK_CAPTURE(identify_one, accepted, Case::Accepted);
BENCHMARK_CAPTURE(identify_one, unknown_id, Case::UnknownId);
BENCHMARK_CAPTURE(identify_one, wrong_secret, Case::WrongSecret);
BENCHMARK_CAPTURE(identify_one, mistyped, Case::Mistyped);
BENCHMARK_CAPTURE(identify_one, truncated, Case::Truncated);
BENCHMARK_CAPTURE(identify_one, basic, Case::Basic);
BENCHMARK_CAPTURE(identify_one, anonymous, Case::Anonymous);
BENCHMARK_CAPTURE(identify_one, misplaced, Case::Misplaced);

}  // namespace
}  // namespace reeve::identity
