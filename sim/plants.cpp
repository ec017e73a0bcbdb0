// SPDX-License-Identifier: Apache-2.0
#include "sim/plants.h"

#include <algorithm>
#include <string>

#include "sim/bodies.h"

namespace reeve::sim {

namespace {

/// Passes everything on; plants change what comes back from a read.
class WrappedStream : public rt::Stream {
 public:
  WrappedStream(std::unique_ptr<rt::Stream> inner, Garden& garden)
      : garden_(garden), inner_(std::move(inner)) {
    reading_.stream = this;
    reading_.done = [](rt::ReadOp& op) { static_cast<Reading&>(op).stream->came(); };
  }

  bool start_read(rt::ReadOp& op) override {
    reading_.into = op.into;
    reading_.deadline = op.deadline;
    asked_ = &op;
    size_before_ = op.into->size();
    if (!inner_->start_read(reading_)) return false;
    if (!judge()) return false;
    asked_ = nullptr;
    op.status = reading_.status;
    return true;
  }
  bool start_write(rt::WriteOp& op) override { return inner_->start_write(op); }
  void cancel_read() override { inner_->cancel_read(); }
  void cancel_write() override { inner_->cancel_write(); }
  bool peer_gone() const override { return inner_->peer_gone(); }
  bool broken() const override { return inner_->broken(); }
  bool quiet() const override { return inner_->quiet(); }
  void when_gone(rt::Cancellation* cancellation, bool half_close) override {
    inner_->when_gone(cancellation, half_close);
  }
  void shutdown_write() override { inner_->shutdown_write(); }
  void reset_on_close() override { inner_->reset_on_close(); }

 protected:
  /// A read has ended with `status`, and has appended to `into`. False: it goes on, came() will be called.
  virtual bool read_ended(rt::Buffer& into, std::size_t size_before, rt::IoStatus& status) = 0;
  bool read_on() {
    size_before_ = reading_.into->size();
    return inner_->start_read(reading_);
  }
  rt::IoStatus& status() { return reading_.status; }

  Garden& garden_;
  std::unique_ptr<rt::Stream> inner_;

 private:
  struct Reading : rt::ReadOp {
    WrappedStream* stream = nullptr;
  };
  bool judge() { return read_ended(*reading_.into, size_before_, reading_.status); }
  void came() {
    if (!judge()) return;
    rt::ReadOp* op = std::exchange(asked_, nullptr);
    op->status = reading_.status;
    op->done(*op);
  }

  Reading reading_;
  rt::ReadOp* asked_ = nullptr;
  std::size_t size_before_ = 0;
};

class LosingStream final : public WrappedStream {
  using WrappedStream::WrappedStream;
  bool read_ended(rt::Buffer& into, std::size_t size_before, rt::IoStatus& status) override {
    if (status == rt::IoStatus::Ok && into.size() > size_before + 1 && garden_.strikes(300))
      into.truncate(into.size() - 1);
    return true;
  }
};

/// Takes the end of the connection for the end of the body.
class CompletingStream final : public WrappedStream {
  using WrappedStream::WrappedStream;
  bool read_ended(rt::Buffer& into, std::size_t size_before, rt::IoStatus& status) override {
    const std::string_view came = into.view().substr(std::min(size_before, into.size()));
    if (status == rt::IoStatus::Ok && came.starts_with("HTTP/1.1 "))
      chunked_ = came.find("chunked\r\n") != std::string_view::npos;
    const bool over = status == rt::IoStatus::Eof || status == rt::IoStatus::Reset;
    if (over && std::exchange(chunked_, false)) {
      into.append("0\r\n\r\n");
      status = rt::IoStatus::Ok;
    }
    return true;
  }
  bool chunked_ = false;
};

class ForgottenStream final : public WrappedStream {
 public:
  using WrappedStream::WrappedStream;
  ~ForgottenStream() override {
    if (garden_.strikes(200)) garden_.forgotten.push_back(std::move(inner_));
  }

 private:
  bool read_ended(rt::Buffer&, std::size_t, rt::IoStatus&) override { return true; }
};

/// Gives a large answer only when all of it is there.
class GreedyStream final : public WrappedStream {
  using WrappedStream::WrappedStream;
  bool read_ended(rt::Buffer& into, std::size_t, rt::IoStatus& status) override {
    constexpr std::uint64_t kLarge = 200'000;
    if (status != rt::IoStatus::Ok) {
      if (std::exchange(wanted_, 0) != 0 && !into.empty()) status = rt::IoStatus::Ok;
      return true;
    }
    if (wanted_ == 0) {
      const std::size_t told = into.view().find("X-Sim-Length: ");
      if (told == std::string_view::npos) return true;
      const std::string_view digits = into.view().substr(told + 14);
      wanted_ = number_of(digits.substr(0, digits.find('\r'))).value_or(0);
    }
    while (wanted_ > kLarge && into.size() < wanted_ && status == rt::IoStatus::Ok)
      if (!read_on()) return false;
    wanted_ = 0;
    status = rt::IoStatus::Ok;
    return true;
  }
  std::uint64_t wanted_ = 0;
};

/// Keeps what was written since the last answer, to say it again on a new connection when this one ends.
class RepeatingStream final : public WrappedStream {
 public:
  using Redial = std::function<std::unique_ptr<rt::Stream>()>;
  RepeatingStream(std::unique_ptr<rt::Stream> inner, Garden& garden, Redial redial)
      : WrappedStream(std::move(inner), garden), redial_(std::move(redial)) {}
  ~RepeatingStream() override {
    if (!again_ || again_->done == nullptr) return;
    inner_->cancel_write();  // still under way: both go when the run is over
    garden_.unfinished.push_back(std::move(again_));
    garden_.forgotten.push_back(std::move(inner_));
  }
  bool start_write(rt::WriteOp& op) override {
    for (std::uint8_t i = 0; i < op.list.count; ++i) said_ += op.list.buffers[i].view();
    return WrappedStream::start_write(op);
  }
  void cancel_write() override {
    if (old_) old_->cancel_write();
    inner_->cancel_write();
  }

 private:
  bool read_ended(rt::Buffer&, std::size_t, rt::IoStatus& status) override {
    if (status == rt::IoStatus::Ok) {
      said_.clear();
      return true;
    }
    const bool over = status == rt::IoStatus::Eof || status == rt::IoStatus::Reset;
    if (!over || said_.empty() || old_) return true;
    std::unique_ptr<rt::Stream> fresh = redial_();
    if (!fresh) return true;
    again_ = std::make_unique<rt::WriteOp>();
    again_->list = rt::WriteList(rt::Buffer::copy_of(std::exchange(said_, {})));
    again_->done = [](rt::WriteOp& op) { op.done = nullptr; };
    old_ = std::exchange(inner_, std::move(fresh));
    if (inner_->start_write(*again_)) again_->done = nullptr;
    return read_on();
  }

  Redial redial_;
  std::string said_;
  std::unique_ptr<rt::WriteOp> again_;
  std::unique_ptr<rt::Stream> old_;
};

}  // namespace

std::string_view describe(Plant plant) {
  switch (plant) {
    case Plant::None:
      return "none";
    case Plant::LostByte:
      return "a byte from an upstream is lost";
    case Plant::AnsweredTwice:
      return "a request is answered twice";
    case Plant::SentAgain:
      return "a broken upstream connection is replaced and the request sent again";
    case Plant::MixedGenerations:
      return "a reload edits the running configuration in place";
    case Plant::CutMadeWhole:
      return "a cut chunked body gets a proper last chunk";
    case Plant::LeakedStream:
      return "an upstream connection is forgotten instead of closed";
    case Plant::LostRecord:
      return "a log line is lost";
    case Plant::ReadAhead:
      return "answers are read without bound";
    case Plant::OpenedByReload:
      return "a reload forgets that a route wants a key";
    case Plant::CountersForgotten:
      return "a reload begins all counters anew";
    case Plant::ChargedForNothing:
      return "counters are taken for no request";
    case Plant::HeldForEver:
      return "what is counted as open is never given back";
  }
  return "unknown";
}

void plant_in(Garden& garden, std::uint64_t generation, policy::Snapshot& snapshot) {
  if (garden.plant == Plant::OpenedByReload && garden.strikes(4)) {
    for (policy::Route& route : snapshot.routes) {
      route.acceptance.none = true;
      route.require.clear();
    }
  }
  if (garden.plant == Plant::CountersForgotten)
    for (policy::Limit& limit : snapshot.limits) limit.name += std::to_string(generation);
}

void plant_in(Garden& garden, const policy::Snapshot& snapshot, const limits::Binding& binding,
              limits::Table& table, limits::Now now) {
  if (garden.plant != Plant::ChargedForNothing && garden.plant != Plant::HeldForEver) return;
  const policy::LimitKind kind =
      garden.plant == Plant::HeldForEver ? policy::LimitKind::Concurrency : policy::LimitKind::Rate;
  policy::Facts facts;
  facts.now = now.wall;
  policy::Decision decision;
  decision.caller = 0;
  for (std::uint32_t i = 0; i < snapshot.limits.size(); ++i)
    if (snapshot.limits[i].kind == kind && !snapshot.limits[i].on_refused)
      decision.charges.push_back({i, policy::Charge::From::Route, 0});
  limits::Taken taken;
  limits::Charged charged;
  table.charge(binding, snapshot, facts, decision, now.mono, taken, charged);
  if (garden.plant == Plant::HeldForEver) garden.held.push_back(std::move(taken));
}

rt::Task<rt::IoResult<std::unique_ptr<rt::Stream>>> PlantedDialer::dial(Target target, rt::Deadline deadline,
                                                                        rt::Cancellation* cancellation) {
  const Endpoint endpoint = target.endpoint;
  rt::IoResult<std::unique_ptr<rt::Stream>> dialled =
      co_await inner_.dial(std::move(target), deadline, cancellation);
  if (!dialled) co_return dialled;
  std::unique_ptr<rt::Stream>& stream = *dialled;
  switch (garden_.plant) {
    case Plant::LostByte:
      stream = std::make_unique<LosingStream>(std::move(stream), garden_);
      break;
    case Plant::CutMadeWhole:
      stream = std::make_unique<CompletingStream>(std::move(stream), garden_);
      break;
    case Plant::LeakedStream:
      stream = std::make_unique<ForgottenStream>(std::move(stream), garden_);
      break;
    case Plant::ReadAhead:
      stream = std::make_unique<GreedyStream>(std::move(stream), garden_);
      break;
    case Plant::SentAgain:
      stream = std::make_unique<RepeatingStream>(std::move(stream), garden_,
                                                 [this, endpoint] { return redial_(endpoint); });
      break;
    default:
      break;
  }
  co_return dialled;
}

rt::Task<> PlantedHandler::serve(server::Exchange& exchange) {
  co_await inner_.serve(exchange);
  if (garden_.plant != Plant::AnsweredTwice || exchange.cancellation.requested() || !garden_.strikes(100))
    co_return;
  rt::Buffer more = rt::Buffer::copy_of("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  static_cast<void>(co_await exchange.stream.write(rt::WriteList(std::move(more)), exchange.loop.now(),
                                                   exchange.body_idle));
}

}  // namespace reeve::sim
