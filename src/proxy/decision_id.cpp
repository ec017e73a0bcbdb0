// SPDX-License-Identifier: Apache-2.0
#include "proxy/decision_id.h"

namespace reeve::proxy {

static_assert(explain::kRecordMost == crypto::kIdPlainMost, "a record fills an id exactly");

std::string_view seal_decision(crypto::IdSealer& sealer, const explain::Record& record,
                               DecisionIdBuffer& out) {
  std::array<std::uint8_t, explain::kRecordMost> bytes;
  const std::size_t size = explain::encode(record, bytes);
  return {out.data(), sealer.seal({bytes.data(), size}, out.data())};
}

}  // namespace reeve::proxy
