// SPDX-License-Identifier: Apache-2.0
// Differential: a request head, answer or trailer section read in one piece, byte by byte, and cut at places
// that a seed chooses, gives one and the same result. The first byte chooses what is read, the second the
// seed.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/prng.h"
#include "http/h1/head_examples_testing.h"

namespace {

using namespace reeve::http;

constexpr h1::Limits kLimits{.head_max = 300, .uri_max = 60};

std::string read(std::uint8_t kind, const std::vector<std::string>& prefixes) {
  switch (kind % 3) {
    case 0:
      return h1::read_request(prefixes, kLimits);
    case 1:
      return h1::read_response(prefixes, kLimits);
    default:
      return h1::read_trailers(prefixes, kLimits.head_max);
  }
}

void require_same(const std::string& pieces, const std::string& whole) {
  if (pieces == whole) return;
  std::fprintf(stderr, "in pieces: %s\nin one: %s\n", pieces.c_str(), whole.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kSizeMax = 512;
  if (size < 3 || size > kSizeMax) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 2), size - 2);
  const std::string whole = read(data[0], {text});

  std::vector<std::string> every;
  std::vector<std::string> some;
  reeve::Prng random(data[1]);
  for (std::size_t i = 1; i <= text.size(); ++i) {
    every.push_back(text.substr(0, i));
    if (i == text.size() || random.chance(1, 7)) some.push_back(text.substr(0, i));
  }
  require_same(read(data[0], every), whole);
  require_same(read(data[0], some), whole);
  return 0;
}
