// SPDX-License-Identifier: Apache-2.0
// Every pending operation has something in flight below: a fill it waits for, or a flush. When that ends,
// both pending operations are stepped on: OpenSSL itself knows which of them can go on.
#include "net/tls_stream.h"

#include <openssl/err.h>

#include <algorithm>
#include <utility>

#include "base/bug.h"

namespace reeve::net {

namespace {

constexpr std::size_t kRoomMin = 1024;      // less room at the tail is not worth a record
constexpr std::size_t kFlight = 48 * 1024;  // ciphertext gathered for one write below
constexpr std::size_t kGatherMax =
    8 * 1024;  // small neighbours become one record: copying is cheaper than sealing
constexpr Duration kAsidePatience = std::chrono::seconds(5);

// Moves small buffers that follow `at` into one; leaves `at` at it.
void gather(rt::WriteList& list, std::uint8_t& at) {
  while (at + 1 < list.count && list.buffers[at].size() + list.buffers[at + 1u].size() <= kGatherMax) {
    rt::Buffer front = std::move(list.buffers[at]);
    ++at;
    front.append(list.buffers[at].view());  // in place where the block has room
    list.buffers[at] = std::move(front);
  }
}

bool for_good(rt::IoStatus status) {
  return status != rt::IoStatus::Ok && status != rt::IoStatus::TimedOut && status != rt::IoStatus::Cancelled;
}

}  // namespace

TlsStream::TlsStream(rt::Loop& loop, SslPtr ssl, TlsRole role, std::unique_ptr<rt::Stream> below,
                     std::shared_ptr<const void> keep)
    : loop_(loop),
      transport_(std::make_unique<TlsTransport>(std::move(below), static_cast<TlsTransport::Owner&>(*this))),
      keep_(std::move(keep)),
      ssl_(std::move(ssl)),
      server_(role == TlsRole::Server) {
  BIO* bio = transport_->new_bio();
  if (bio == nullptr) {
    failed_ = rt::IoStatus::Failed;
    return;
  }
  SSL_set_bio(ssl_.get(), bio, bio);
  if (server_)
    SSL_set_accept_state(ssl_.get());
  else
    SSL_set_connect_state(ssl_.get());
}

TlsStream::~TlsStream() {
  if (read_ != nullptr || write_ != nullptr) RV_BUG("a TLS stream was destroyed under an operation");
  if (!cut_ && !shut_ && !broken()) {
    close_notify();
    send_output_aside(rt::Deadline::after(loop_.now(), kAsidePatience));
  }
  ssl_.reset();
  TlsTransport::abandon(std::move(transport_));
}

// --- operations ---

bool TlsStream::start_read(rt::ReadOp& op) {
  read_ = &op;
  if (!step_read()) return false;
  read_ = nullptr;
  return true;
}

bool TlsStream::start_write(rt::WriteOp& op) {
  write_ = &op;
  write_at_ = 0;
  plain_queued_ = plain_flushing_ = 0;
  if (!step_write()) return false;
  write_ = nullptr;
  cut_ = cut_ || op.status != rt::IoStatus::Ok;
  return true;
}

void TlsStream::cancel_read() {
  if (read_ == nullptr) return;
  read_cancelled_ = true;
  if (transport_->filling())
    transport_->cancel_fill();
  else
    transport_->cancel_flush();
}

void TlsStream::cancel_write() {
  if (write_ == nullptr) return;
  write_cancelled_ = true;
  if (transport_->flushing())
    transport_->cancel_flush();
  else
    transport_->cancel_fill();
}

void TlsStream::on_filled(rt::IoStatus status) {
  note_input_end(status);
  go_on(status);
}

void TlsStream::on_flushed(rt::IoStatus status) {
  note_flush(status);
  if (fin_pending_ && status != rt::IoStatus::Cancelled) {
    fin_pending_ = false;
    transport_->below().shutdown_write();
  }
  go_on(status);
}

void TlsStream::go_on(rt::IoStatus below) {
  const auto ends_early = [&](bool cancelled, rt::Deadline until, rt::IoStatus& status) {
    if (cancelled)
      status = rt::IoStatus::Cancelled;
    else if (below == rt::IoStatus::TimedOut && until.passed(loop_.now()))
      status = rt::IoStatus::TimedOut;
    else
      return false;
    return true;
  };
  rt::WriteOp* written = nullptr;
  rt::ReadOp* read = nullptr;
  // Both first: a deadline that has passed must not count for the operation that goes on.
  if (write_ != nullptr && ends_early(write_cancelled_, write_->deadline, write_->status))
    written = std::exchange(write_, nullptr);
  if (read_ != nullptr && ends_early(read_cancelled_, read_->deadline, read_->status))
    read = std::exchange(read_, nullptr);
  if (write_ != nullptr && step_write()) written = std::exchange(write_, nullptr);
  if (read_ != nullptr && step_read()) read = std::exchange(read_, nullptr);
  if (written != nullptr) {
    write_cancelled_ = write_needs_input_ = false;
    cut_ = cut_ || written->status != rt::IoStatus::Ok;
  }
  if (read != nullptr) read_cancelled_ = false;
  // A waiter may destroy this stream, but not the first of two: for it the second's operation has not ended.
  if (written != nullptr) written->done(*written);
  if (read != nullptr) read->done(*read);
}

bool TlsStream::step_read() {
  for (;;) {
    Need need = shaken_ ? Need::Nothing : shake();
    if (need == Need::Nothing) need = decrypt(*read_);
    switch (need) {
      case Need::Nothing:
        return true;
      case Need::Failed:
        send_output_aside(read_->deadline);  // the alert
        read_->status = failed_;
        return true;
      case Need::Input:
        // Tickets and the like go with the answer if there is one at once, else now.
        send_output_aside(read_->deadline);
        if (!get_input(read_->deadline, read_->status)) return false;
        if (read_->status != rt::IoStatus::Ok) return true;
        break;
      case Need::Room: {
        rt::IoStatus status = output_end_;
        if (status == rt::IoStatus::Ok && !transport_->flush(read_->deadline, Duration(0), status))
          return false;
        note_flush(status);
        if (status == rt::IoStatus::Ok) break;
        read_->status = status;
        return true;
      }
    }
  }
}

bool TlsStream::step_write() {
  for (;;) {
    if (output_end_ != rt::IoStatus::Ok) {
      write_->status = output_end_;
      return true;
    }
    Need need = shaken_ ? Need::Nothing : shake();
    if (need == Need::Nothing) need = encrypt(*write_);
    switch (need) {
      case Need::Nothing:
        if (!transport_->has_output()) {
          write_->status = rt::IoStatus::Ok;
          return true;
        }
        [[fallthrough]];
      case Need::Room:
        if (!send_output(*write_)) return false;
        if (write_->status != rt::IoStatus::Ok) return true;
        break;
      case Need::Failed:
        send_output_aside(write_->deadline);
        write_->status = failed_;
        return true;
      case Need::Input:
        send_output_aside(write_->deadline);
        write_needs_input_ = true;
        if (!get_input(write_->deadline, write_->status)) return false;
        write_needs_input_ = false;
        if (write_->status != rt::IoStatus::Ok) return true;
        break;
    }
  }
}

// True: done, and Ok means that there is input now.
bool TlsStream::get_input(rt::Deadline own, rt::IoStatus& status) {
  if (input_end_ != rt::IoStatus::Ok) {
    status = end_of_input();
    return true;
  }
  rt::Deadline until = rt::Deadline::never();
  if (read_ != nullptr) until = read_->deadline;
  if (write_ != nullptr && write_needs_input_) until = rt::Deadline::earlier(until, write_->deadline);
  if (!transport_->fill(until, status)) return false;
  if (status == rt::IoStatus::TimedOut && !own.passed(loop_.now()) && !transport_->fill(own, status))
    return false;
  note_input_end(status);
  if (for_good(status)) status = end_of_input();
  return true;
}

bool TlsStream::send_output(rt::WriteOp& op) {
  if (!transport_->flushing()) {
    plain_flushing_ += plain_queued_;
    plain_queued_ = 0;
  }
  if (!transport_->flush(op.deadline, op.idle, op.status)) return false;
  note_flush(op.status);
  return true;
}

// Without a waiter: what it sends is not the operation's own.
void TlsStream::send_output_aside(rt::Deadline until) {
  rt::IoStatus status = rt::IoStatus::Ok;
  if (output_end_ == rt::IoStatus::Ok && transport_->has_output() && !transport_->flushing() &&
      transport_->flush(until, Duration(0), status))
    note_flush(status);
}

void TlsStream::note_input_end(rt::IoStatus status) {
  if (for_good(status)) input_end_ = status;
}

void TlsStream::note_flush(rt::IoStatus status) {
  if (for_good(status)) output_end_ = status;
  if (write_ == nullptr) return;
  // What went half may have arrived: callers must not believe that nothing did.
  if (transport_->flushed_bytes() != 0) write_->written += std::exchange(plain_flushing_, 0);
  if (write_->idle == Duration(0)) return;
  if (status == rt::IoStatus::Ok)
    write_->deadline = rt::Deadline::after(loop_.now(), write_->idle);
  else
    write_->deadline.at = std::max(write_->deadline.at, transport_->flush_deadline().at);
}

rt::IoStatus TlsStream::end_of_input() const {
  if (input_end_ != rt::IoStatus::Eof) return input_end_;
  // Whoever connects and leaves without a byte has broken nothing.
  return shaken_ || transport_->ever_read() || !server_ ? rt::IoStatus::Truncated : rt::IoStatus::Eof;
}

// --- OpenSSL ---

TlsStream::Need TlsStream::need_of(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Need::Input;
    case SSL_ERROR_WANT_WRITE:
      return Need::Room;
    case SSL_ERROR_ZERO_RETURN:
      closed_ = true;
      return Need::Nothing;
    default:
      break;
  }
  failed_ = rt::IoStatus::TlsFailed;
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (!server_ && SSL_get_verify_mode(ssl_.get()) != SSL_VERIFY_NONE && verdict != X509_V_OK) {
    failure_ = X509_verify_cert_error_string(verdict);
    ERR_clear_error();
  } else {
    failure_ = crypto::take_openssl_error("the peer broke the TLS protocol");
  }
  return Need::Failed;
}

TlsStream::Need TlsStream::shake() {
  if (failed_ != rt::IoStatus::Ok) return Need::Failed;
  if (server_ && !transport_->has_input() && !transport_->ever_read()) return Need::Input;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result != 1) {
    const Need need = need_of(result);
    if (need != Need::Nothing) return need;
    failed_ = rt::IoStatus::TlsFailed;  // close_notify instead of a handshake
    failure_ = "the peer closed the connection during the handshake";
    return Need::Failed;
  }
  shaken_ = true;
  facts_ = facts_of(ssl_.get());
  return Need::Nothing;
}

// Nothing: op has its status.
TlsStream::Need TlsStream::decrypt(rt::ReadOp& op) {
  rt::Buffer& into = *op.into;
  const bool had_block = into.data() != nullptr;
  const std::size_t before = into.size();
  Need need = Need::Input;
  while (!closed_ && failed_ == rt::IoStatus::Ok &&
         (transport_->has_input() || SSL_pending(ssl_.get()) != 0)) {
    if (into.size() == before)
      into.make_room(into.empty() ? rt::Buffer::kStandard : kRoomMin);  // does nothing where there is room
    else if (into.tail_room() < kRoomMin)
      break;
    std::size_t got = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), into.tail(), into.tail_room(), &got);
    if (result == 1) {
      into.grew(got);
      continue;
    }
    need = need_of(result);
    if (need == Need::Room) break;
  }
  if (into.size() != before) {  // what else happened is told by the next read
    op.status = rt::IoStatus::Ok;
    return Need::Nothing;
  }
  if (!had_block) into.clear();
  if (failed_ != rt::IoStatus::Ok) return Need::Failed;
  if (!closed_) return need;
  op.status = rt::IoStatus::Eof;
  return Need::Nothing;
}

// Nothing: all of op, or as much as one write below shall carry, is encrypted.
TlsStream::Need TlsStream::encrypt(rt::WriteOp& op) {
  if (failed_ != rt::IoStatus::Ok) return Need::Failed;
  auto& buffers = op.list.buffers;
  while (write_at_ < op.list.count && transport_->output_size() < kFlight) {
    gather(op.list, write_at_);
    rt::Buffer& front = buffers[write_at_];
    std::size_t taken = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), front.data(), front.size(), &taken);
    if (result != 1) return need_of(result);
    plain_queued_ += taken;
    front.remove_prefix(taken);
    if (!front.empty()) continue;
    front.clear();
    ++write_at_;
  }
  return Need::Nothing;
}

// Lets OpenSSL look at the input; Nothing: there is application data, or the end.
TlsStream::Need TlsStream::digest() {
  char byte;
  std::size_t got = 0;
  ERR_clear_error();
  const int result = SSL_peek_ex(ssl_.get(), &byte, 1, &got);
  return result == 1 ? Need::Nothing : need_of(result);
}

bool TlsStream::quiet() const {
  if (!shaken_ || closed_ || broken() || read_ != nullptr || write_ != nullptr) return false;
  auto& self =
      const_cast<TlsStream&>(*this);  // taking in what nobody was meant to see changes nothing for callers
  for (;;) {
    if (transport_->has_input() || SSL_pending(ssl_.get()) != 0) {
      if (self.digest() != Need::Input) return false;
    }
    if (transport_->below().peer_gone()) return false;
    if (transport_->filling() || transport_->below().quiet()) return true;
    rt::IoStatus status = rt::IoStatus::Ok;
    if (!transport_->fill(rt::Deadline::never(), status)) {
      transport_->cancel_fill();  // nothing there after all
      return true;
    }
    self.note_input_end(status);
    if (status != rt::IoStatus::Ok) return false;
  }
}

// --- the end ---

void TlsStream::close_notify() {
  if (!shaken_ || failed_ != rt::IoStatus::Ok) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void TlsStream::shutdown_write() {
  if (shut_) return;
  shut_ = true;
  if (!cut_) close_notify();
  send_output_aside(rt::Deadline::after(loop_.now(), kAsidePatience));
  if (transport_->flushing())
    fin_pending_ = true;
  else
    transport_->below().shutdown_write();
}

void TlsStream::reset_on_close() {
  cut_ = true;
  transport_->below().reset_on_close();
}

}  // namespace reeve::net
