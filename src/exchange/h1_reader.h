// SPDX-License-Identifier: Apache-2.0
// The reading side of an HTTP/1.1 connection: heads, then the body as a BodySource, message after message.
// Knows which side it reads from, so that an end or a delay becomes the right refusal. Bytes behind a message
// stay for the next one (pipelining) or make the connection unfit for it (upstreams). Lives with its
// connection.
#pragma once

#include <cstdint>
#include <memory>

#include "exchange/body_source.h"
#include "http/h1/chunked.h"
#include "http/h1/parse.h"
#include "rt/stream.h"

namespace reeve::exchange {

enum class Side : std::uint8_t { Client, Upstream };

/// The refusal that an I/O status means when it meets a reader of that side.
Error error_of(rt::IoStatus status, Side side);

class H1Reader final : public BodySource {
 public:
  H1Reader(rt::Stream& stream, Side side) : stream_(stream), side_(side) {}

  // --- heads ---

  /// Looks for a head in what has been read. On Complete its bytes are taken off and `held` keeps them (and
  /// with them all views in `head`) alive; the body is then read through the BodySource functions.
  http::h1::Parsed parse(const http::h1::Limits& limits, http::RequestHead& head, rt::Buffer& held);
  http::h1::Parsed parse(const http::h1::Limits& limits, bool to_head, http::ResponseHead& head,
                         rt::Buffer& held);
  /// `co_await reader.fill(deadline)` → rt::IoStatus: reads more bytes, whatever they are.
  rt::Stream::ReadAwaiter fill(rt::Deadline deadline);
  /// Something has been read that no message has claimed.
  bool has_bytes() const { return !buffer_.empty(); }

  // --- the body of the message whose head was parsed last ---

  /// Chunked bodies come decoded from here on (Coding::Identity): before the first part only.
  void decode_chunks();
  /// A 101, or the tunnel that follows it: what was read already, raw.
  rt::Buffer take_rest() { return std::move(buffer_); }

  Coding coding() const override { return coding_; }
  Pull try_read(Part& part) override;
  rt::Task<Result<Part>> read(rt::Deadline deadline) override;
  const Error& error() const override { return error_; }
  const http::Head* trailers() const override { return trailers_.get(); }

  /// The body has been read to its end (or there was none).
  bool body_done() const { return state_ == State::Done; }
  /// Body bytes still to come when the message tells (Content-Length); nothing to say otherwise.
  bool length_known() const { return kind_ == http::BodyKind::Length; }
  std::uint64_t left() const { return left_; }

 private:
  enum class State : std::uint8_t { Done, Content, Trailers, Failed };

  void begin_body(const http::Head& head, std::uint32_t trailers_max);
  Pull take_identity(Part& part);
  Pull take_chunked(Part& part);
  Pull take_trailers(Part& part);
  Pull fail(Error error);
  Pull ended(rt::IoStatus status, Part& part);

  rt::Stream& stream_;
  rt::Buffer buffer_;
  Side side_;
  State state_ = State::Done;
  Coding coding_ = Coding::Identity;
  http::BodyKind kind_ = http::BodyKind::None;
  std::uint32_t scanned_ = 0;  // of the head or trailer section that is incomplete
  std::uint32_t trailers_max_ = 0;
  std::uint64_t left_ = 0;
  http::h1::ChunkedReader chunks_;
  Error error_{Code::InternalError, Fault::Gateway};
  rt::Buffer trailer_bytes_;
  std::unique_ptr<http::Head> trailers_;  // rare, and large: an idle connection must not carry it
};

}  // namespace reeve::exchange
