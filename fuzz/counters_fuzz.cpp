// SPDX-License-Identifier: Apache-2.0
// Any bytes as a checkpoint of counters, as they are and with a right sum behind them: what is accepted is
// written back as the same bytes, a Table takes it over, counts on with it and writes a checkpoint that is
// accepted again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "limits/checkpoint.h"
#include "limits/table.h"

namespace {

using namespace reeve;
using namespace reeve::limits;

const Now kNow{MonoTime{std::chrono::hours(1)}, WallTime{std::chrono::days(20'000)}};

void take_over(const std::string& bytes, const Checkpoint& checkpoint) {
  Table table({1, 2}, {.first_bits = 9, .chunks = 2});
  const auto restored = table.restore(bytes, kNow);
  if (!restored) return;
  if (*restored > checkpoint.counters.size()) std::abort();
  if (table.stats(kNow).live > *restored) std::abort();
  policy::Snapshot snapshot;
  for (const Checkpoint::Limit& limit : checkpoint.limits) {
    policy::Limit& made = snapshot.limits.emplace_back();
    made.name = limit.name;
    made.kind = limit.kind;
    made.interval = std::chrono::milliseconds(3);
    made.burst = made.amount = made.most = 2;
    made.per = {{policy::SubjectPart::Ip, ""}};
  }
  const Binding binding = table.bind(snapshot, kNow);
  policy::Facts facts;
  facts.now = kNow.wall;
  policy::Decision decision;
  for (std::uint32_t i = 0; i < snapshot.limits.size(); ++i)
    decision.charges.push_back({i, policy::Charge::From::Global, 0});
  for (int i = 0; i < 3; ++i) {
    Taken taken;
    Charged charged;
    const bool passed = table.charge(binding, snapshot, facts, decision, kNow.mono, taken, charged);
    if (passed == charged.refused) std::abort();
  }
  if (!decode(table.checkpoint(kNow))) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (const auto raw = decode(bytes); !raw && raw.error().empty()) std::abort();
  seal(bytes);
  const auto checkpoint = decode(bytes);
  if (!checkpoint) return 0;
  if (encode(*checkpoint) != bytes) std::abort();
  take_over(bytes, *checkpoint);
  return 0;
}
