// SPDX-License-Identifier: Apache-2.0
#include "upstream/probe.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "exchange/h1_reader.h"
#include "http/head_writer.h"

namespace reeve::upstream {

namespace {

using Vote = ProbeResult::Vote;

constexpr int kInterimMax = 16;

ProbeResult bad(std::string_view reason) {
  return {Vote::Bad, std::string(reason)};
}

ProbeResult not_dialled(rt::IoStatus status) {
  switch (status) {
    case rt::IoStatus::Cancelled:
    case rt::IoStatus::NoDescriptors:
      return {Vote::None, std::string(rt::describe(status))};
    default:
      return bad(rt::describe(status));
  }
}

ProbeResult judged(std::uint16_t status) {
  if (status >= 200 && status < 400)
    return {Vote::Good, fmt::format("the health check was answered {}", status)};
  return bad(fmt::format("the health check was answered {}", status));
}

enum class Seen : std::uint8_t { Nothing, Interim, Final, Malformed };

/// Not part of the coroutine: a ResponseHead is too large for a frame.
Seen look(exchange::H1Reader& reader, std::uint16_t& status) {
  http::ResponseHead head;
  rt::Buffer held;
  switch (reader.parse(http::h1::Limits{}, false, head, held).state) {
    case http::h1::ParseState::Incomplete:
      return Seen::Nothing;
    case http::h1::ParseState::Refused:
      return Seen::Malformed;
    case http::h1::ParseState::Complete:
      break;
  }
  status = head.status;
  return head.status < 200 && head.status != 101 ? Seen::Interim : Seen::Final;
}

rt::Task<ProbeResult> read_answer(rt::Stream& stream, rt::Deadline deadline) {
  exchange::H1Reader reader(stream, exchange::Side::Upstream);
  for (int interim = 0; interim < kInterimMax;) {
    std::uint16_t status = 0;
    switch (look(reader, status)) {
      case Seen::Final:
        co_return judged(status);
      case Seen::Malformed:
        co_return bad("the answer to the health check is no HTTP/1.1");
      case Seen::Interim:
        ++interim;
        continue;
      case Seen::Nothing:
        break;
    }
    const rt::IoStatus read = co_await reader.fill(deadline);
    if (read == rt::IoStatus::Cancelled) co_return ProbeResult{};
    if (read != rt::IoStatus::Ok) co_return bad(rt::describe(read));
  }
  co_return bad("too many 1xx answers to the health check");
}

}  // namespace

std::string probe_request(const policy::HealthCheck& check, const policy::Target& target) {
  constexpr std::size_t kFixed = 256;
  std::string text(check.path.size() + target.authority.size() + kFixed, '\0');
  http::HeadWriter writer(text.data(), text.size());
  writer.raw("GET ");
  writer.raw(check.path);
  writer.raw(" HTTP/1.1\r\n");
  writer.field("Host", target.authority);
  writer.field("User-Agent", "reeve-health");
  writer.field("Connection", "close");
  writer.end();
  text.resize(writer.size());
  return text;
}

rt::Task<ProbeResult> probe(rt::Loop& loop, rt::Dialer& dialer, DialTo to, std::string request,
                            rt::Deadline deadline, rt::Cancellation& cancellation) {
  rt::IoResult<Dialled> dialled = co_await dial_in_turn(loop, dialer, std::move(to), deadline, cancellation);
  if (!dialled) co_return not_dialled(dialled.error());
  if (cancellation.requested()) co_return ProbeResult{};
  rt::Stream& stream = *dialled->stream;
  const rt::Cancellation::Attached attached(cancellation, stream);
  const rt::IoStatus written = co_await stream.write(rt::WriteList(rt::Buffer::copy_of(request)), deadline);
  if (written == rt::IoStatus::Cancelled || cancellation.requested()) co_return ProbeResult{};
  if (written != rt::IoStatus::Ok) co_return bad(rt::describe(written));
  co_return co_await read_answer(stream, deadline);
}

}  // namespace reeve::upstream
