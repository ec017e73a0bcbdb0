// SPDX-License-Identifier: Apache-2.0
// Message after message from one stream. Parts are pieces of the block that was read: nothing is copied.
#include "exchange/h1_reader.h"

#include <algorithm>
#include <cstring>

namespace reeve::exchange {

namespace {

constexpr std::string_view kLastChunk = "0\r\n\r\n";

Error client_error(rt::IoStatus status) {
  switch (status) {
    case rt::IoStatus::TimedOut:
      return {Code::RequestTimeout, Fault::Client, {}, "the request came too slowly"};
    case rt::IoStatus::Cancelled:
      return {Code::ClientClosed, Fault::Cancelled, {}, "cancelled"};
    default:
      return {Code::ClientClosed, Fault::Client, {}, rt::describe(status)};
  }
}

Error upstream_error(rt::IoStatus status) {
  switch (status) {
    case rt::IoStatus::TimedOut:
      return {Code::UpstreamTimeout, Fault::Upstream, {}, "the upstream did not answer in time"};
    case rt::IoStatus::Cancelled:
      return {Code::ClientClosed, Fault::Cancelled, {}, "cancelled"};
    case rt::IoStatus::Eof:
      return {
          Code::UpstreamMalformed, Fault::Upstream, {}, "the upstream closed before the end of its answer"};
    case rt::IoStatus::Reset:
      return {Code::UpstreamMalformed, Fault::Upstream, {}, "the upstream reset the connection"};
    case rt::IoStatus::Truncated:
      return {Code::UpstreamMalformed, Fault::Upstream, {}, "the upstream cut the TLS connection"};
    default:
      return {Code::UpstreamUnreachable, Fault::Upstream, {}, rt::describe(status)};
  }
}

}  // namespace

Error error_of(rt::IoStatus status, Side side) {
  return side == Side::Client ? client_error(status) : upstream_error(status);
}

http::h1::Parsed H1Reader::parse(const http::h1::Limits& limits, http::RequestHead& head, rt::Buffer& held) {
  const http::h1::Parsed parsed = http::h1::parse_request(buffer_.view(), limits, scanned_, head);
  if (parsed.state != http::h1::ParseState::Complete) return parsed;
  held = buffer_.slice(0, head.size);
  begin_body(head, limits.head_max);
  return parsed;
}

http::h1::Parsed H1Reader::parse(const http::h1::Limits& limits, bool to_head, http::ResponseHead& head,
                                 rt::Buffer& held) {
  const http::h1::Parsed parsed = http::h1::parse_response(buffer_.view(), limits, scanned_, to_head, head);
  if (parsed.state != http::h1::ParseState::Complete) return parsed;
  held = buffer_.slice(0, head.size);
  begin_body(head, limits.head_max);
  return parsed;
}

rt::Stream::ReadAwaiter H1Reader::fill(rt::Deadline deadline) {
  // The block behind consumed bytes goes back; the stream takes one when there is something to read.
  if (buffer_.empty()) {
    buffer_.clear();
  } else if (buffer_.tail_room() == 0) {
    buffer_.make_room(buffer_.size());
  }
  return stream_.read(buffer_, deadline);
}

void H1Reader::begin_body(const http::Head& head, std::uint32_t trailers_max) {
  buffer_.remove_prefix(head.size);
  scanned_ = 0;
  trailers_max_ = trailers_max;
  trailers_.reset();
  kind_ = head.body;
  left_ = head.content_length;
  coding_ = Coding::Identity;
  state_ = State::Content;
  switch (kind_) {
    case http::BodyKind::None:
      state_ = State::Done;
      break;
    case http::BodyKind::Length:
      if (left_ == 0) state_ = State::Done;
      break;
    case http::BodyKind::Chunked:
      coding_ = Coding::Chunked;
      chunks_ = http::h1::ChunkedReader(http::h1::ChunkedReader::Output::Verbatim);
      break;
    case http::BodyKind::UntilClose:
      break;
  }
}

void H1Reader::decode_chunks() {
  if (coding_ != Coding::Chunked) return;
  coding_ = Coding::Identity;
  chunks_ = http::h1::ChunkedReader(http::h1::ChunkedReader::Output::Decode);
}

Pull H1Reader::fail(Error error) {
  error_ = error;
  state_ = State::Failed;
  return Pull::Failed;
}

Pull H1Reader::try_read(Part& part) {
  if (state_ == State::Done) {
    part.last = true;
    return Pull::Ready;
  }
  if (state_ == State::Failed) return Pull::Failed;
  if (kind_ != http::BodyKind::Chunked) return take_identity(part);
  return state_ == State::Trailers ? take_trailers(part) : take_chunked(part);
}

Pull H1Reader::take_identity(Part& part) {
  if (buffer_.empty()) return Pull::Wait;
  if (kind_ == http::BodyKind::UntilClose) {
    part.bytes = std::move(buffer_);
    part.content = part.bytes.size();
    return Pull::Ready;
  }
  const std::uint64_t taken = std::min<std::uint64_t>(left_, buffer_.size());
  part.bytes = buffer_.slice(0, taken);
  part.content = taken;
  buffer_.remove_prefix(taken);
  if (buffer_.empty()) buffer_.clear();
  left_ -= taken;
  if (left_ == 0) {
    part.last = true;
    state_ = State::Done;
  }
  return Pull::Ready;
}

Pull H1Reader::take_chunked(Part& part) {
  if (buffer_.empty()) return Pull::Wait;
  const http::h1::ChunkedReader::Fed fed = chunks_.feed(buffer_.mutable_data(), buffer_.size());
  if (chunks_.failed()) {
    const Code code = side_ == Side::Client ? Code::RequestMalformed : Code::UpstreamMalformed;
    const Fault fault = side_ == Side::Client ? Fault::Client : Fault::Upstream;
    return fail({code, fault, {}, chunks_.failure()});
  }
  part.content = fed.content;
  if (chunks_.at_trailers()) {
    state_ = State::Trailers;
    // The usual end stands there ready to be forwarded with the last data, in one piece.
    if (coding_ == Coding::Chunked && buffer_.size() >= fed.kept + kLastChunk.size() &&
        fed.consumed == fed.kept + 3 &&
        std::memcmp(buffer_.data() + fed.kept, kLastChunk.data(), kLastChunk.size()) == 0) {
      part.bytes = buffer_.slice(0, fed.kept + kLastChunk.size());
      part.last = part.terminated = true;
      buffer_.remove_prefix(part.bytes.size());
      if (buffer_.empty()) buffer_.clear();
      state_ = State::Done;
      return Pull::Ready;
    }
  }
  if (fed.kept != 0) part.bytes = buffer_.slice(0, fed.kept);
  buffer_.remove_prefix(fed.consumed);
  if (buffer_.empty()) buffer_.clear();
  if (state_ == State::Trailers) {
    const Pull end = take_trailers(part);
    if (end != Pull::Wait) return end;
  }
  return part.bytes.empty() ? Pull::Wait : Pull::Ready;
}

Pull H1Reader::take_trailers(Part& part) {
  if (buffer_.view().starts_with("\r\n")) {
    buffer_.remove_prefix(2);
  } else {
    if (trailers_ == nullptr) trailers_ = std::make_unique<http::Head>();
    const auto parsed = http::h1::parse_trailers(buffer_.view(), trailers_max_, scanned_, *trailers_);
    if (parsed.state == http::h1::ParseState::Incomplete) return Pull::Wait;
    if (parsed.state == http::h1::ParseState::Refused) {
      trailers_.reset();
      return side_ == Side::Client ? fail({parsed.refusal, Fault::Client, {}, parsed.context})
                                   : fail({Code::UpstreamMalformed, Fault::Upstream, {}, parsed.context});
    }
    trailer_bytes_ = buffer_.slice(0, trailers_->size);
    buffer_.remove_prefix(trailers_->size);
  }
  scanned_ = 0;
  if (buffer_.empty()) buffer_.clear();
  part.last = true;
  state_ = State::Done;
  return Pull::Ready;
}

Pull H1Reader::ended(rt::IoStatus status, Part& part) {
  if (status == rt::IoStatus::Eof && kind_ == http::BodyKind::UntilClose) {
    part.last = true;
    state_ = State::Done;
    return Pull::Ready;
  }
  if (status == rt::IoStatus::Cancelled) {
    // Whoever cancelled may go on with the connection: nothing has been lost.
    error_ = error_of(status, side_);
    return Pull::Failed;
  }
  return fail(error_of(status, side_));
}

rt::Task<Result<Part>> H1Reader::read(rt::Deadline deadline) {
  for (;;) {
    Part part;
    Pull pull = try_read(part);
    if (pull == Pull::Wait) {
      const rt::IoStatus status = co_await fill(deadline);
      pull = status == rt::IoStatus::Ok ? try_read(part) : ended(status, part);
    }
    if (pull == Pull::Ready) co_return part;
    if (pull == Pull::Failed) co_return std::unexpected(error_);
  }
}

}  // namespace reeve::exchange
