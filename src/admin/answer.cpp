// SPDX-License-Identifier: Apache-2.0
#include "admin/answer.h"

#include <array>

#include "base/time.h"
#include "http/head_writer.h"

namespace reeve::admin {

namespace {
constexpr std::size_t kHeadRoom = 2048;
}

Answer problem(const explain::Document& document) {
  Answer answer{.status = document.status, .type = explain::kJsonType, .body = {}, .fields = {}};
  explain::write_problem_json(document, answer.body);
  return answer;
}

Answer problem(const explain::Problem& of) {
  return problem(explain::document(of));
}

rt::Buffer to_bytes(const Answer& answer, const server::Exchange& exchange, bool keep) {
  std::array<char, 29> date;
  write_http_date(exchange.loop.clock().wall, date.data());
  rt::Buffer buffer = rt::Buffer::with_room(kHeadRoom + answer.body.size());
  http::HeadWriter out(buffer.tail(), kHeadRoom);
  out.status_line(answer.status);
  out.field("Date", std::string_view(date.data(), date.size()));
  out.field("Reeve-Origin", "gateway");
  // What an operator sees is of this moment and not for others.
  out.field("Cache-Control", "no-store");
  for (const auto& [name, value] : answer.fields) out.field(name, value);
  if (!keep) {
    out.field("Connection", "close");
  } else if (exchange.head.minor == 0) {
    out.field("Connection", "keep-alive");
  }
  if (!answer.body.empty()) out.field("Content-Type", answer.type);
  if (answer.status != 204) out.field("Content-Length", std::uint64_t{answer.body.size()});
  out.end();
  buffer.grew(out.size());
  if (exchange.head.method != http::Method::Head) buffer.append(answer.body);
  return buffer;
}

}  // namespace reeve::admin
