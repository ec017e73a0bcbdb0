// SPDX-License-Identifier: Apache-2.0
#include "net/tls_transport.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace reeve::net {

// An end of the stream below is never told to OpenSSL: the TlsStream judges it, and no alert answers it.
struct TlsTransport::Bio {
  static int read(BIO* bio, char* into, std::size_t size, std::size_t* got) {
    BIO_clear_retry_flags(bio);
    auto* transport = static_cast<TlsTransport*>(BIO_get_data(bio));
    *got = transport->take(into, size);
    if (*got != 0) return 1;
    BIO_set_retry_read(bio);
    return 0;
  }
  static int write(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) {
    BIO_clear_retry_flags(bio);
    auto* transport = static_cast<TlsTransport*>(BIO_get_data(bio));
    *written = transport->append(bytes, size);
    if (*written != 0) return 1;
    BIO_set_retry_write(bio);
    return 0;
  }
  static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "reeve stream");
      BIO_meth_set_read_ex(method, &Bio::read);
      BIO_meth_set_write_ex(method, &Bio::write);
      BIO_meth_set_ctrl(method, &Bio::control);
      return method;
    }();
    return made;
  }
};

TlsTransport::TlsTransport(std::unique_ptr<rt::Stream> below, Owner& owner)
    : below_(std::move(below)), owner_(&owner) {
  rt::ReadOp::into = &in_;
  rt::ReadOp::done = [](rt::ReadOp& op) {
    auto& self = static_cast<TlsTransport&>(op);
    self.filling_ = false;
    self.ended_below(true);
  };
  rt::WriteOp::done = [](rt::WriteOp& op) {
    auto& self = static_cast<TlsTransport&>(op);
    self.settle_flush();
    self.ended_below(false);
  };
}

BIO* TlsTransport::new_bio() {
  BIO* bio = BIO_new(Bio::method());
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

void TlsTransport::abandon(std::unique_ptr<TlsTransport> transport) {
  if (!transport->filling_ && !transport->flushing_) return;
  TlsTransport* left = transport.release();  // ended_below() deletes it
  left->owner_ = nullptr;
  if (left->filling_) left->below_->cancel_read();
  if (left->flushing_) left->below_->cancel_write();
}

void TlsTransport::ended_below(bool read) {
  if (owner_ == nullptr) {
    if (!filling_ && !flushing_) delete this;
  } else if (read) {
    if (rt::ReadOp::status == rt::IoStatus::Ok) ever_read_ = true;
    owner_->on_filled(rt::ReadOp::status);
  } else {
    owner_->on_flushed(rt::WriteOp::status);
  }
}

bool TlsTransport::fill(rt::Deadline until, rt::IoStatus& status) {
  if (filling_) {
    if (until.at < rt::ReadOp::deadline.at) below_->cancel_read();
    return false;
  }
  rt::ReadOp::deadline = until;
  if (!below_->start_read(static_cast<rt::ReadOp&>(*this))) {
    filling_ = true;
    return false;
  }
  status = rt::ReadOp::status;
  if (status == rt::IoStatus::Ok) ever_read_ = true;
  return true;
}

bool TlsTransport::flush(rt::Deadline until, Duration idle, rt::IoStatus& status) {
  if (flushing_) {
    if (until.at < rt::WriteOp::deadline.at) below_->cancel_write();
    return false;
  }
  status = rt::IoStatus::Ok;
  if (out_count_ == 0) return true;
  rt::WriteOp::list = rt::WriteList();
  in_flight_ = 0;
  for (std::uint8_t i = 0; i < out_count_; ++i) {
    in_flight_ += out_[i].size();
    rt::WriteOp::list.add(out_[i]);  // shares the block: what is not sent must not be lost
  }
  rt::WriteOp::deadline = until;
  rt::WriteOp::idle = idle;
  rt::WriteOp::written = 0;
  if (!below_->start_write(static_cast<rt::WriteOp&>(*this))) {
    flushing_ = true;
    return false;
  }
  settle_flush();
  status = rt::WriteOp::status;
  return true;
}

void TlsTransport::settle_flush() {
  flushing_ = false;
  switch (rt::WriteOp::status) {
    case rt::IoStatus::Ok:
      drop_output(in_flight_);
      break;
    case rt::IoStatus::Cancelled:
    case rt::IoStatus::TimedOut:
      drop_output(static_cast<std::size_t>(rt::WriteOp::written));
      break;
    default:
      drop_output(output_size());
  }
  in_flight_ = 0;
  rt::WriteOp::list = rt::WriteList();
}

std::size_t TlsTransport::output_size() const {
  std::size_t size = 0;
  for (std::uint8_t i = 0; i < out_count_; ++i) size += out_[i].size();
  return size;
}

void TlsTransport::drop_output(std::size_t size) {
  std::uint8_t gone = 0;
  for (; gone < out_count_ && size >= out_[gone].size(); ++gone) {
    size -= out_[gone].size();
    out_[gone].clear();
  }
  if (gone != 0) {
    std::move(out_.begin() + gone, out_.begin() + out_count_, out_.begin());
    out_count_ = static_cast<std::uint8_t>(out_count_ - gone);
  }
  if (out_count_ != 0) out_.front().remove_prefix(size);
}

std::size_t TlsTransport::append(const char* bytes, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    if (out_count_ == 0 || out_[out_count_ - 1u].tail_room() == 0) {
      if (out_count_ == out_.size()) break;
      out_[out_count_++] = rt::Buffer::with_room();
    }
    rt::Buffer& last = out_[out_count_ - 1u];
    const std::size_t n = std::min(size - done, last.tail_room());
    std::memcpy(last.tail(), bytes + done, n);
    last.grew(n);
    done += n;
  }
  return done;
}

std::size_t TlsTransport::take(char* into, std::size_t size) {
  const std::size_t n = std::min(size, in_.size());
  if (n == 0) return 0;
  std::memcpy(into, in_.data(), n);
  in_.remove_prefix(n);
  if (in_.empty()) in_.clear();  // an idle connection holds no block
  return n;
}

}  // namespace reeve::net
