// SPDX-License-Identifier: Apache-2.0
// A stream some of whose first bytes were read already: what came behind a PROXY protocol header in the same
// packet (often the TLS ClientHello) is read again by whoever comes next. Owned by its Connection.
#pragma once

#include <memory>

#include "rt/stream.h"

namespace reeve::server {

class PrefixedStream final : public rt::Stream {
 public:
  PrefixedStream(std::unique_ptr<rt::Stream> rest, rt::Buffer prefix)
      : rest_(std::move(rest)), prefix_(std::move(prefix)) {}

  bool start_read(rt::ReadOp& op) override {
    if (prefix_.empty()) return rest_->start_read(op);
    if (op.into->empty()) {
      *op.into = std::move(prefix_);
    } else {
      op.into->append(prefix_.view());
      prefix_.clear();
    }
    op.status = rt::IoStatus::Ok;
    return true;
  }
  bool start_write(rt::WriteOp& op) override { return rest_->start_write(op); }
  void cancel_read() override { rest_->cancel_read(); }
  void cancel_write() override { rest_->cancel_write(); }
  bool peer_gone() const override { return rest_->peer_gone(); }
  bool broken() const override { return rest_->broken(); }
  bool quiet() const override { return prefix_.empty() && rest_->quiet(); }
  void when_gone(rt::Cancellation* cancellation, bool half_close) override {
    rest_->when_gone(cancellation, half_close);
  }
  void shutdown_write() override { rest_->shutdown_write(); }
  void reset_on_close() override { rest_->reset_on_close(); }

 private:
  std::unique_ptr<rt::Stream> rest_;
  rt::Buffer prefix_;
};

}  // namespace reeve::server
