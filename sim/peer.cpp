// SPDX-License-Identifier: Apache-2.0
#include "sim/peer.h"

#include <algorithm>

#include "sim/doors.h"

namespace reeve::sim {

rt::Task<Peer::Got> Peer::next(rt::Deadline deadline) {
  for (;;) {
    std::string_view rest = std::string_view(in_).substr(taken_);
    event_ = reader_.next(rest);
    taken_ = in_.size() - rest.size();
    if (event_ != WireReader::Event::More) co_return Got::Event;
    if (read_pause_ != Duration(0) && ++paused_ < kPausesMax) co_await pause(reactor_, read_pause_);
    rt::Buffer buffer;
    const rt::IoStatus status = co_await stream_->read(buffer, deadline);
    if (status == rt::IoStatus::Ok) {
      received_ += buffer.size();
      in_.assign(buffer.view());
      taken_ = 0;
      continue;
    }
    if (status == rt::IoStatus::TimedOut) co_return Got::TimedOut;
    if (status != rt::IoStatus::Eof) co_return Got::Reset;
    event_ = reader_.finish();
    if (event_ == WireReader::Event::End) co_return Got::Event;
    co_return Got::Ended;
  }
}

rt::Task<bool> Peer::send(std::string bytes, Drip drip) {
  const std::size_t most = std::max(drip.piece, bytes.size() / kPausesMax);
  for (std::size_t done = 0; done < bytes.size() && sending_;) {
    const std::size_t n = std::min(most, bytes.size() - done);
    rt::Buffer piece = rt::Buffer::copy_of(std::string_view(bytes).substr(done, n));
    const rt::IoStatus status = co_await stream_->write(rt::WriteList(std::move(piece)), within(kPatience));
    if (status != rt::IoStatus::Ok) co_return false;
    done += n;
    if (done < bytes.size() && drip.pause != Duration(0)) co_await pause(reactor_, drip.pause);
  }
  co_return true;
}

rt::Task<> Peer::swallow(Duration at_most) {
  const rt::Deadline deadline = within(at_most);
  for (;;) {
    rt::Buffer buffer;
    const rt::IoStatus status = co_await stream_->read(buffer, deadline);
    if (status != rt::IoStatus::Ok) co_return;
  }
}

}  // namespace reeve::sim
