// SPDX-License-Identifier: Apache-2.0
#include "app/workers.h"

namespace reeve::app {

namespace {

// A reactor that does not come round to its mail for so long is in trouble; the change goes on without its
// word.
constexpr Duration kPatience = std::chrono::seconds(10);
constexpr std::size_t kShedElsewhere = 8;

/// Counts answers on the control thread, where it is made and destroyed: messages carry the last reference
/// back.
struct Answers {
  Answers(rt::Loop& loop, std::size_t expected) : left(expected), all(loop) {}
  void one() {
    if (--left == 0) all.set();
  }
  std::size_t left;
  rt::Event all;
};

}  // namespace

Workers::Workers(net::Reactor& control, WorkerSurroundings surroundings,
                 std::function<std::shared_ptr<const TlsTable>()> tls)
    : control_(control), surroundings_(std::move(surroundings)), tls_(std::move(tls)) {}

void Workers::make(std::size_t count, telemetry::Registry& registry, telemetry::LogWriter& log) {
  for (std::size_t i = 0; i < count; ++i) {
    telemetry::Shard& shard = registry.add_shard();
    workers_.push_back(std::make_unique<Worker>(surroundings_, static_cast<std::uint16_t>(i), shard,
                                                log.add_reactor(shard)));
  }
  for (const auto& worker : workers_) {
    Worker* own = worker.get();
    worker->shed_elsewhere = [this, own] {
      for (const auto& other : workers_)
        if (other.get() != own) other->post([](Worker::Core& core) { core.close_idle(kShedElsewhere); });
    };
  }
}

void Workers::start() {
  for (const auto& worker : workers_) worker->start();
}

rt::Task<bool> Workers::on_all(std::function<void(Worker::Core&)> what) {
  const auto answers = std::make_shared<Answers>(control_.loop(), workers_.size());
  for (const auto& worker : workers_)
    worker->post([this, what, answers = answers](Worker::Core& core) mutable {
      what(core);
      control_.post([answers = std::move(answers)] { answers->one(); });
    });
  const rt::IoStatus status =
      co_await answers->all.wait(rt::Deadline::after(control_.loop().now(), kPatience));
  co_return status == rt::IoStatus::Ok;
}

rt::Task<bool> Workers::publish(std::shared_ptr<const policy::Snapshot> next) {
  const rt::Clock& clock = control_.loop().clock();
  binding_ = std::make_shared<const limits::Binding>(
      surroundings_.limits.bind(*next, {control_.loop().now(), clock.wall}));
  co_return co_await on_all([next = std::move(next), limits = binding_, tls = tls_()](Worker::Core& core) {
    core.publish(next, limits, tls);
  });
}

rt::Task<bool> Workers::settle() {
  // Twice: what a first message carried (the last hold on a listening socket) is let go behind it.
  const bool first = co_await on_all([](Worker::Core&) {});
  const bool second = co_await on_all([](Worker::Core&) {});
  co_return first&& second;
}

void Workers::drain(std::function<void()> closed) {
  still_open_ = workers_.size();
  for (const auto& worker : workers_)
    worker->post([this, closed](Worker::Core& core) {
      core.drain();
      core.when_closed([this, closed] {
        control_.post([this, closed] {
          if (--still_open_ == 0) closed();
        });
      });
    });
}

void Workers::refuse_new() {
  for (const auto& worker : workers_) worker->post([](Worker::Core& core) { core.refuse_new(); });
}

void Workers::cut() {
  for (const auto& worker : workers_) worker->post([](Worker::Core& core) { core.cut(); });
}

void Workers::end_and_join() {
  for (const auto& worker : workers_) worker->post([](Worker::Core& core) { core.end(); });
  for (const auto& worker : workers_) worker->join();
}

}  // namespace reeve::app
