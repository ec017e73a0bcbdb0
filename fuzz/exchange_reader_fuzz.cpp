// SPDX-License-Identifier: Apache-2.0
// The message reader over a stream: a whole pipeline of requests, in pieces whose sizes the input chooses, must
// give the same messages as in one piece. Finds what the parsers' own targets cannot: bytes lost or kept between
// messages, bodies and trailers.
#include <cstdint>
#include <string>

#include "base/bug.h"
#include "exchange/h1_reader.h"
#include "exchange/h1_writer.h"
#include "rt/loop.h"
#include "rt/scope.h"

namespace {

using namespace reeve;

/// Gives its bytes in pieces, then ends. Everything is done inline.
class Pieces final : public rt::Stream {
 public:
  Pieces(std::string_view bytes, std::size_t piece) : bytes_(bytes), piece_(piece) {}
  bool start_read(rt::ReadOp& op) override {
    const std::size_t n = std::min(piece_, bytes_.size());
    op.into->append(bytes_.substr(0, n));
    bytes_.remove_prefix(n);
    op.status = n == 0 ? rt::IoStatus::Eof : rt::IoStatus::Ok;
    return true;
  }
  bool start_write(rt::WriteOp& op) override {
    op.status = rt::IoStatus::Failed;
    return true;
  }
  void cancel_read() override {}
  void cancel_write() override {}
  bool peer_gone() const override { return false; }
  bool broken() const override { return false; }
  bool quiet() const override { return false; }
  void when_gone(rt::Cancellation*, bool) override {}
  void shutdown_write() override {}
  void reset_on_close() override {}

 private:
  std::string_view bytes_;
  std::size_t piece_;
};

/// Everything that can be said of the messages, whatever the pieces were.
rt::Task<> read_all(Pieces& stream, std::string& said) {
  exchange::H1Reader reader(stream, exchange::Side::Client);
  for (;;) {
    http::RequestHead head;
    rt::Buffer held;
    for (;;) {
      const auto parsed = reader.parse({}, head, held);
      if (parsed.state == http::h1::ParseState::Complete) break;
      if (parsed.state == http::h1::ParseState::Refused) {
        said += "|refused ";
        said += facts(parsed.refusal).name;
        co_return;
      }
      const rt::IoStatus status = co_await reader.fill(rt::Deadline::never());
      if (status != rt::IoStatus::Ok) {
        said += "|end";
        co_return;
      }
    }
    said += "|";
    said += head.target;
    const std::size_t body = said.size();
    const auto framing =
        head.body == http::BodyKind::Chunked ? exchange::OutFraming::Chunked : exchange::OutFraming::Length;
    while (!reader.body_done()) {
      Result<exchange::Part> part = co_await reader.read(rt::Deadline::never());
      if (!part) {
        said.resize(body);  // how much of a broken body was given before depends on the pieces
        said += "|broken";
        co_return;
      }
      rt::WriteList list;
      exchange::frame(std::move(*part), reader.coding(), framing, reader.trailers(), list);
      for (std::uint8_t i = 0; i < list.count; ++i) said += list.buffers[i].view();
    }
  }
}

std::string messages(std::string_view bytes, std::size_t piece) {
  Pieces stream(bytes, piece);
  std::string said;
  rt::Scope scope;
  scope.spawn(read_all, std::ref(stream), std::ref(said));
  return said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = messages(bytes, bytes.size());
  for (const std::size_t piece : {std::size_t{1}, std::size_t{data[0]} + 2})
    if (messages(bytes, piece) != whole) __builtin_trap();
  return bug_count() == 0 ? 0 : 1;
}
