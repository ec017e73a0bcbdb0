// SPDX-License-Identifier: Apache-2.0
// The framing towards the upstream is the client's own (Content-Length stays, chunks are forwarded as they
// are), so the bytes that were taken are the bytes to send again.
#include "proxy/upload.h"

namespace reeve::proxy {

namespace {

exchange::OutFraming framing_of(const http::RequestHead& head) {
  switch (head.body) {
    case http::BodyKind::Length:
      return exchange::OutFraming::Length;
    case http::BodyKind::Chunked:
      return exchange::OutFraming::Chunked;
    default:
      return exchange::OutFraming::None;
  }
}

}  // namespace

Upload::Upload(Request& request)
    : request_(request),
      framing_(framing_of(request.head())),
      taken_all_(request.exchange.reader.body_done()) {}

bool Upload::fail(Error error) {
  error_ = error;
  return false;
}

bool Upload::count(const exchange::Part& part) {
  request_.bytes_in += part.content;
  const auto& max = request_.route->body_max;
  if (!max || request_.bytes_in <= *max) return true;
  return fail({Code::BodyTooLarge, Fault::Client, Sent::PartOfBody, {}});
}

void Upload::remember(const rt::Buffer& bytes) {
  if (!replayable_) return;
  if (replay_.size() + bytes.size() > kReplayMax) {
    replayable_ = false;
    replay_.clear();
  } else if (replay_.empty()) {
    replay_ = bytes;  // shares the block
  } else {
    replay_.append(bytes.view());
  }
}

void Upload::add(exchange::Part&& part, rt::WriteList& list) {
  taken_all_ = part.last;
  exchange::H1Reader& reader = request_.exchange.reader;
  const std::uint8_t before = list.count;
  exchange::frame(std::move(part), reader.coding(), framing_, reader.trailers(), list);
  for (std::uint8_t i = before; i < list.count; ++i) remember(list.buffers[i]);
}

bool Upload::begin(rt::WriteList& list) {
  sent_all_ = any_sent_ = false;
  if (framing_ == exchange::OutFraming::None) {
    sent_all_ = true;
    return true;
  }
  if (!replay_.empty()) {
    list.add(replay_);
    any_sent_ = true;
  } else if (!taken_all_) {
    exchange::Part part;
    switch (request_.exchange.reader.try_read(part)) {
      case exchange::Pull::Failed:
        return fail(request_.exchange.reader.error());
      case exchange::Pull::Wait:
        break;
      case exchange::Pull::Ready:
        if (!count(part)) return false;
        add(std::move(part), list);
        any_sent_ = true;
    }
  }
  if (taken_all_) {
    sent_all_ = true;
    completed_at_ = request_.exchange.loop.now();
  }
  return true;
}

void Upload::start(rt::Stream& upstream, Duration idle) {
  if (sent_all_) return;
  upstream_ = &upstream;
  scope_.spawn(run_pump, std::ref(*this), std::ref(upstream), idle);
}

rt::Task<> Upload::run_pump(Upload& upload, rt::Stream& upstream, Duration idle) {
  co_await upload.pump(upstream, idle);
  upload.completed_at_ = upload.request_.exchange.loop.now();
  // Whoever waits for the answer waits in vain when the request cannot be completed.
  if (upload.error_) upstream.cancel_read();
}

rt::Task<> Upload::pump(rt::Stream& upstream, Duration idle) {
  exchange::H1Reader& reader = request_.exchange.reader;
  rt::Loop& loop = request_.exchange.loop;
  while (!taken_all_) {
    exchange::Part part;
    exchange::Pull pull = reader.try_read(part);
    if (pull == exchange::Pull::Wait) {
      Result<exchange::Part> read =
          co_await reader.read(rt::Deadline::after(loop.now(), request_.exchange.body_idle));
      if (!read) {
        // Stopped from outside: the answer came first.
        if (read.error().fault == Fault::Cancelled && upstream_ == nullptr) co_return;
        fail(read.error());
        co_return;
      }
      part = std::move(*read);
    } else if (pull == exchange::Pull::Failed) {
      fail(reader.error());
      co_return;
    }
    if (!count(part)) co_return;
    rt::WriteList list;
    add(std::move(part), list);
    if (list.count != 0) {
      const rt::IoStatus status = co_await upstream.write(std::move(list), loop.now(), idle);
      // An upstream that reads no further may have answered already: that answer counts.
      if (status != rt::IoStatus::Ok) co_return;
      any_sent_ = true;
    }
    if (loop.spend()) {
      co_await loop.turn();
      if (upstream_ == nullptr) co_return;  // stopped meanwhile, when there was nothing to cancel
    }
  }
  sent_all_ = true;
}

rt::Task<> Upload::stop() {
  if (scope_.running() == 0) co_return;
  rt::Stream* upstream = std::exchange(upstream_, nullptr);
  request_.exchange.stream.cancel_read();
  upstream->cancel_write();
  co_await scope_.join();
}

}  // namespace reeve::proxy
