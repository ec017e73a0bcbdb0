// SPDX-License-Identifier: Apache-2.0
// A control plane over fakes: a configuration in memory, parts and reactors that write down what they are
// asked. For tests of control and admin.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/memory_doors.h"
#include "control/control.h"
#include "tests/support/test_loop.h"

namespace reeve::control {

inline std::string yaml(std::string_view body, std::string_view more = "") {
  return std::string(more) +
         "routes: [ { name: a, match: { path: /a }, authenticate: [ none ], respond: { body: \"" +
         std::string(body) + "\" } } ]\n";
}

/// What happened, in order.
using Journal = std::vector<std::string>;

struct FakePart final : Part {
  FakePart(std::string its_name, Journal& its_journal) : name(std::move(its_name)), journal(its_journal) {}
  std::optional<Refusal> prepare(const policy::Snapshot&) override {
    journal.push_back("prepare " + name);
    if (refuse) return Refusal{{0, 1, 1}, name + " cannot", "try another"};
    return std::nullopt;
  }
  void commit(const policy::Snapshot&) override { journal.push_back("commit " + name); }
  void abandon() override { journal.push_back("abandon " + name); }

  std::string name;
  Journal& journal;
  bool refuse = false;
};

struct FakePlane final : DataPlane {
  FakePlane(rt::Loop& loop, Journal& its_journal) : gate(loop), journal(its_journal) { gate.set(); }
  rt::Task<bool> publish(std::shared_ptr<const policy::Snapshot> next) override {
    journal.push_back("publish");
    [[maybe_unused]] const rt::IoStatus status = co_await gate.wait(rt::Deadline::never());
    serving = std::move(next);
    co_return in_time;
  }
  rt::Task<bool> settle() override {
    journal.push_back("settle");
    co_return true;
  }

  rt::Event gate;  ///< the reactors answer when it is set
  Journal& journal;
  bool in_time = true;
  std::shared_ptr<const policy::Snapshot> serving;
};

struct FakeMessages final : Messages {
  void say(policy::LogLevel, std::string_view code, std::string_view text) override {
    lines.push_back(std::string(code) + " " + std::string(text));
  }
  bool has(std::string_view part) const {
    for (const std::string& line : lines)
      if (line.find(part) != std::string::npos) return true;
    return false;
  }
  std::vector<std::string> lines;
};

struct FakeSupervisor final : Supervisor {
  explicit FakeSupervisor(Journal& its_journal) : journal(its_journal) {}
  void reloading() override { journal.push_back("reloading"); }
  void ready() override { journal.push_back("ready"); }
  void stopping() override { journal.push_back("stopping"); }
  Journal& journal;
};

struct ControlFixture {
  explicit ControlFixture(std::string_view first = yaml("1")) { write(first); }

  void write(std::string_view text) { files.files[files.absolute("reeve.yaml")] = text; }
  config::LoadResult load() { return config::load("reeve.yaml", environment, files); }
  ReloadResult start() { return loop.wait(control.start(load())); }
  ReloadResult reload() { return loop.wait(control.reload()); }

  test::TestLoop loop;
  config::MemoryEnvironment environment;
  config::MemoryFiles files;
  Journal journal;
  FakePart one{"one", journal};
  FakePart two{"two", journal};
  FakePlane plane{loop.loop(), journal};
  FakeMessages messages;
  FakeSupervisor supervisor{journal};
  Control control{
      loop.loop(),
      {.load = [this] { return load(); },
       .plane = plane,
       .parts = {&one, &two},
       .messages = messages,
       .supervisor = supervisor,
       .served = [this](const policy::Snapshot&, const config::Sources&) { journal.push_back("served"); }}};
};

}  // namespace reeve::control
