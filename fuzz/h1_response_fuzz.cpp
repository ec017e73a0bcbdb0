// SPDX-License-Identifier: Apache-2.0
// Any bytes as an upstream's answer: the first byte says whether the request was HEAD. What is accepted has
// one end.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/h1/parse.h"

namespace {

using namespace reeve::http;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool to_head = data[0] == 'H';
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  ResponseHead head;
  std::uint32_t scanned = 0;
  const h1::Parsed parsed =
      h1::parse_response(bytes, {.head_max = 2048, .uri_max = 0}, scanned, to_head, head);
  if (parsed.state == h1::ParseState::Refused) require(parsed.refusal == reeve::Code::UpstreamMalformed);
  if (parsed.state != h1::ParseState::Complete) return 0;
  require(head.size <= bytes.size());
  require(head.status >= 100 && head.status <= 599);
  if (head.body == BodyKind::UntilClose) require(!head.keep_alive);
  if (to_head || head.status < 200 || head.status == 204 || head.status == 304)
    require(head.body == BodyKind::None);
  if (head.minor == 0) require(head.body != BodyKind::Chunked);
  std::uint32_t at = head.start_line_end;
  for (const FieldLine& line : head.fields) {
    require(line.begin == at);
    at = line.end;
  }
  require(at + 2 == head.size);
  return 0;
}
