// SPDX-License-Identifier: Apache-2.0
// Any bytes as a request head: nothing outside the head is pointed at, lines lie end to end, and what was
// accepted and is written again reads as the same request.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/accept.h"
#include "http/authority.h"
#include "http/field_rules.h"
#include "http/h1/parse.h"
#include "http/head_writer.h"
#include "http/path.h"

namespace {

using namespace reeve::http;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_lines(const Head& head) {
  std::uint32_t at = head.start_line_end;
  for (const FieldLine& line : head.fields) {
    require(line.begin == at && line.end > line.begin);
    require(line.begin + line.name_length < line.value_begin &&
            line.value_begin + line.value_length + 2 <= line.end);
    require(head.data[line.end - 2] == '\r' && head.data[line.end - 1] == '\n');
    at = line.end;
  }
  require(at + 2 == head.size);
}

void check_written_again(const RequestHead& head) {
  std::string out(head.size + 8 * head.fields.size() + 64, '\0');
  HeadWriter writer(out.data(), out.size());
  writer.raw(head.method_text);
  writer.raw(" ");
  writer.raw(head.target);
  writer.raw(head.minor == 1 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  for (const FieldLine& line : head.fields) require(writer.field(head.name(line), head.value(line)));
  writer.end();
  require(!writer.overflowed() && !writer.refused());

  RequestHead again;
  std::uint32_t scanned = 0;
  const h1::Limits unbounded{.head_max = 1u << 28, .uri_max = 1u << 28};
  require(h1::parse_request(writer.written(), unbounded, scanned, again).state == h1::ParseState::Complete);
  require(again.size == writer.size() && again.fields.size() == head.fields.size());
  require(again.method == head.method && again.target == head.target && again.authority == head.authority);
  require(again.body == head.body && again.content_length == head.content_length);
  require(again.keep_alive == head.keep_alive && again.upgrade == head.upgrade);
  for (std::uint32_t i = 0; i < head.fields.size(); ++i) {
    require(again.name(again.fields[i]) == head.name(head.fields[i]));
    require(again.value(again.fields[i]) == head.value(head.fields[i]));
    require(again.fields[i].id == head.fields[i].id &&
            again.fields[i].hop_by_hop == head.fields[i].hop_by_hop);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const h1::Limits limits{.head_max = 2048, .uri_max = 256};
  RequestHead head;
  std::uint32_t scanned = 0;
  const h1::Parsed parsed = h1::parse_request(bytes, limits, scanned, head);
  if (parsed.state == h1::ParseState::Incomplete) require(size < limits.head_max);
  if (parsed.state == h1::ParseState::Refused) require(!parsed.context.empty());
  if (parsed.state != h1::ParseState::Complete) return 0;

  require(head.size <= size && head.size <= limits.head_max && head.target.size() <= limits.uri_max);
  check_lines(head);
  check_written_again(head);
  HostBuffer host;
  if (!head.authority.empty()) require(!matching_host_of(head.authority, host).empty());
  Path path;
  if (head.method != Method::Connect && head.path != "*") {
    require(head.path.front() == '/');
    normalise(head.path, path);
  }
  accepts_json(head);
  upgrade_tokens(head);
  via_names(head, "reeve-1");
  return 0;
}
