// SPDX-License-Identifier: Apache-2.0
// What a decision id costs every answer (seal, by size class), and whoever asks about one (open).
#include <benchmark/benchmark.h>

#include "crypto/sealed_id.h"

namespace reeve::crypto {
namespace {

IdKey key() {
  IdKey made;
  made.number = 1;
  made.master.fill(7);
  return made;
}

void seal(benchmark::State& state) {
  IdSealer sealer(key(), 1, 0);
  const std::array<std::uint8_t, kIdPlainMost> record{};
  const std::span<const std::uint8_t> plain(record.data(), static_cast<std::size_t>(state.range(0)));
  std::array<char, kIdTextMost> out;
  for (auto _ : state) {
    benchmark::DoNotOptimize(sealer.seal(plain, out.data()));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(seal)->Arg(63)->Arg(95)->Arg(127)->Arg(157);

void open(benchmark::State& state) {
  const IdKey keys[] = {key()};
  IdSealer sealer(keys[0], 1, 0);
  const std::array<std::uint8_t, kIdPlainMost> record{};
  std::array<char, kIdTextMost> out;
  const std::string_view id(out.data(), sealer.seal(record, out.data()));
  for (auto _ : state) benchmark::DoNotOptimize(open_id(id, keys));
}
BENCHMARK(open);

}  // namespace
}  // namespace reeve::crypto
