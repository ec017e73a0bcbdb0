// SPDX-License-Identifier: Apache-2.0
// A TLS connection as an rt::Stream around an rt::Stream. The handshake happens in the first read or write. A
// small state machine without coroutines: an operation steps through OpenSSL until it needs bytes from below
// or room below, and goes on when the transport tells that it has them. Lives on one reactor; an idle one
// holds no buffer. Which certificates are used and believed is decided by the SSL object's context.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "net/tls_ssl.h"
#include "net/tls_transport.h"
#include "rt/loop.h"
#include "rt/stream.h"

namespace reeve::net {

class TlsStream final : public rt::Stream, private TlsTransport::Owner {
 public:
  /// `keep` is what the SSL object's callbacks need, kept as long as the stream.
  TlsStream(rt::Loop& loop, SslPtr ssl, TlsRole role, std::unique_ptr<rt::Stream> below,
            std::shared_ptr<const void> keep);
  /// Sends close_notify, if it can go at once, unless the connection is cut (reset_on_close(), a write that
  /// did not end well): a cut message must not look complete.
  ~TlsStream() override;

  bool start_read(rt::ReadOp& op) override;
  /// An empty list performs the handshake, if that is to be done yet, and sends what OpenSSL has left to
  /// send.
  bool start_write(rt::WriteOp& op) override;
  void cancel_read() override;
  void cancel_write() override;
  bool peer_gone() const override { return closed_ || transport_->below().peer_gone(); }
  bool broken() const override { return failed_ != rt::IoStatus::Ok || transport_->below().broken(); }
  /// Reads and digests what is no application data (session tickets, key updates), for it comes at any time.
  bool quiet() const override;
  void when_gone(rt::Cancellation* cancellation, bool half_close) override {
    transport_->below().when_gone(cancellation, half_close);
  }
  void shutdown_write() override;
  void reset_on_close() override;
  const TlsFacts* tls() const override { return shaken_ ? &facts_ : nullptr; }

  /// Why TLS failed, for logs; empty if it did not.
  const std::string& failure() const { return failure_; }

 private:
  /// What OpenSSL or the operation wants next.
  enum class Need : std::uint8_t {
    Nothing,  // the step is done
    Input,    // more ciphertext from below
    Room,     // output must go first
    Failed,   // TLS has failed: failed_
  };

  void on_filled(rt::IoStatus status) override;
  void on_flushed(rt::IoStatus status) override;
  void go_on(rt::IoStatus below);

  // True: the operation has its result.
  bool step_read();
  bool step_write();
  bool get_input(rt::Deadline own, rt::IoStatus& status);
  bool send_output(rt::WriteOp& op);
  void send_output_aside(rt::Deadline until);

  Need shake();
  Need decrypt(rt::ReadOp& op);
  Need encrypt(rt::WriteOp& op);
  Need digest();
  Need need_of(int result);
  rt::IoStatus end_of_input() const;
  void note_input_end(rt::IoStatus status);
  void note_flush(rt::IoStatus status);
  void close_notify();

  rt::Loop& loop_;
  std::unique_ptr<TlsTransport> transport_;
  std::shared_ptr<const void> keep_;
  SslPtr ssl_;
  rt::ReadOp* read_ = nullptr;
  rt::WriteOp* write_ = nullptr;
  std::uint64_t plain_queued_ = 0;  // of write_: encrypted, not yet flushed
  std::uint64_t plain_flushing_ = 0;
  TlsFacts facts_;
  std::string failure_;
  rt::IoStatus failed_ = rt::IoStatus::Ok;      // TLS: for both directions
  rt::IoStatus input_end_ = rt::IoStatus::Ok;   // how reading below ended for good
  rt::IoStatus output_end_ = rt::IoStatus::Ok;  // the same for writing
  std::uint8_t write_at_ = 0;                   // the buffer of write_ that is next
  bool server_ : 1;
  bool shaken_ : 1 = false;
  bool closed_ : 1 = false;  // close_notify came
  bool shut_ : 1 = false;
  bool fin_pending_ : 1 = false;
  bool cut_ : 1 = false;
  bool read_cancelled_ : 1 = false;
  bool write_cancelled_ : 1 = false;
  bool write_needs_input_ : 1 = false;
};

}  // namespace reeve::net
