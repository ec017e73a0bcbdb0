// SPDX-License-Identifier: Apache-2.0
// The ciphertext side of a TlsStream: the stream below, what was read from it and not yet decrypted, what was
// encrypted and not yet sent, and the BIO through which OpenSSL reaches both. At most one read and one write
// are in flight below. Owned by its TlsStream; outlives it only until an operation in flight below has ended,
// for a stream must not be destroyed under one. Decides nothing.
#pragma once

#include <openssl/bio.h>

#include <array>
#include <cstdint>
#include <memory>

#include "rt/buffer.h"
#include "rt/stream.h"

namespace reeve::net {

class TlsTransport final : private rt::ReadOp, private rt::WriteOp {
 public:
  /// Told through the loop how an operation that was not done inline ended.
  class Owner {
   public:
    virtual void on_filled(rt::IoStatus status) = 0;
    virtual void on_flushed(rt::IoStatus status) = 0;

   protected:
    ~Owner() = default;
  };

  TlsTransport(std::unique_ptr<rt::Stream> below, Owner& owner);
  /// Destroys it, at once or when what is in flight has been cancelled.
  static void abandon(std::unique_ptr<TlsTransport> transport);

  rt::Stream& below() const { return *below_; }
  /// A BIO for SSL_set_bio(), reading from the input and writing to the output here. Null: out of memory.
  BIO* new_bio();

  // --- input ---

  bool has_input() const { return !in_.empty(); }
  bool ever_read() const { return ever_read_; }  ///< a byte came at all
  bool filling() const { return filling_; }
  /// Reads more. True: done inline, see status. False: in flight. When one is in flight already it goes on,
  /// but is cancelled if it might last beyond `until`: whoever still needs it starts it again.
  bool fill(rt::Deadline until, rt::IoStatus& status);
  void cancel_fill() { below_->cancel_read(); }

  // --- output ---

  /// Bytes that OpenSSL may add before it is told to wait.
  static constexpr std::size_t kOutputMax = rt::WriteList::kMax * rt::Buffer::kStandard;
  bool has_output() const { return out_count_ != 0; }
  std::size_t output_size() const;
  bool flushing() const { return flushing_; }
  /// Sends all output that is there. As fill(); with nothing to send it is Ok at once. What was not sent when
  /// it ends with Cancelled or TimedOut stays, in order; after any other failure all output is dropped.
  bool flush(rt::Deadline until, Duration idle, rt::IoStatus& status);
  void cancel_flush() { below_->cancel_write(); }
  /// Of the flush that ended last.
  std::uint64_t flushed_bytes() const { return rt::WriteOp::written; }
  /// Where progress has moved the deadline of the flush that ended last.
  rt::Deadline flush_deadline() const { return rt::WriteOp::deadline; }

 private:
  struct Bio;  // the callbacks

  std::size_t append(const char* bytes, std::size_t size);
  std::size_t take(char* into, std::size_t size);
  void drop_output(std::size_t size);
  void settle_flush();
  void ended_below(bool read);

  std::unique_ptr<rt::Stream> below_;
  Owner* owner_;
  rt::Buffer in_;
  std::array<rt::Buffer, rt::WriteList::kMax> out_;
  std::size_t in_flight_ = 0;  // bytes at the front of out_
  std::uint8_t out_count_ = 0;
  bool filling_ = false;
  bool flushing_ = false;
  bool ever_read_ = false;
};

}  // namespace reeve::net
