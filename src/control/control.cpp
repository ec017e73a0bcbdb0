// SPDX-License-Identifier: Apache-2.0
// The order of a change is the promise of the rules: load, compare with what needs a restart, get everything
// that may fail (sockets, certificates, logs), publish, wait until every reactor serves it, then let the old
// go.
#include "control/control.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "config/render_findings.h"
#include "control/plan_document.h"

namespace reeve::control {

using policy::LogLevel;

Control::Control(rt::Loop& loop, Doors doors) : loop_(loop), doors_(std::move(doors)), turns_(loop) {}

bool Control::prepare(const policy::Snapshot& next, ReloadResult& result) {
  for (std::size_t i = 0; i < doors_.parts.size(); ++i) {
    std::optional<Part::Refusal> refusal = doors_.parts[i]->prepare(next);
    if (!refusal) continue;
    while (i > 0) doors_.parts[--i]->abandon();
    result.findings.push_back({.severity = config::Severity::Error,
                               .rule = std::string(config::rule::kBadValue),
                               .at = refusal->at,
                               .text = std::move(refusal->text),
                               .fix = std::move(refusal->fix)});
    return false;
  }
  return true;
}

rt::Task<bool> Control::take_over(std::shared_ptr<const policy::Snapshot> next, config::Sources sources,
                                  ReloadResult& result) {
  if (!prepare(*next, result)) co_return false;
  const bool published = co_await doors_.plane.publish(next);
  for (Part* part : doors_.parts) part->commit(*next);
  const bool settled = co_await doors_.plane.settle();
  if (!published || !settled)
    doors_.messages.say(
        LogLevel::Error, "publish-slow",
        "a reactor has not confirmed the new configuration in time; it will follow, but requests may "
        "still be served under the old one. If this repeats, report it");
  current_ = std::move(next);
  last_loaded_ = loop_.clock().wall;
  doors_.served(*current_, std::move(sources));
  co_return true;
}

rt::Task<ReloadResult> Control::start(config::LoadResult first) {
  co_await turns_.begin();
  ReloadResult result{.findings = std::move(first.findings), .files = std::move(first.files)};
  result.ok = co_await take_over(std::move(first.snapshot), std::move(first.sources), result);
  if (result.ok) {
    result.changed = true;
    result.configuration = current_->hash;
    state_ = State::Serving;
  }
  turns_.end();
  co_return result;
}

rt::Task<ReloadResult> Control::reload(std::string accept_lost) {
  co_await turns_.begin();
  ReloadResult result = co_await reload_in_turn(accept_lost);
  turns_.end();
  co_return result;
}

bool Control::pass_gate(const config::LoadResult& next, const std::string& accept_lost,
                        ReloadResult& result) {
  const explain::Plan plan = explain::plan(*current_, *next.snapshot, loop_.clock().wall);
  if (plan.loses.empty()) return true;
  result.loses = lost_rows(plan);
  result.digest = plan_digest(*current_, next.sources, plan);
  const bool wanted = std::ranges::none_of(plan.loses, explain::must_be_accepted);
  const std::vector<std::string>& accepts = next.snapshot->gate.accept;
  const bool accepted =
      accept_lost == result.digest || std::ranges::find(accepts, result.digest) != accepts.end();
  result.gated = current_->gate.refuse && !wanted && !accepted;
  return !result.gated;
}

rt::Task<ReloadResult> Control::reload_in_turn(const std::string& accept_lost) {
  ReloadResult result{.configuration = current_->hash};
  if (state_ != State::Serving) {
    result.obstacle = "the gateway is shutting down; nothing is loaded any more";
    co_return result;
  }
  doors_.supervisor.reloading();
  config::LoadResult loaded = doors_.load();
  result.files = std::move(loaded.files);
  result.obstacle = std::move(loaded.unreadable);
  result.findings = std::move(loaded.findings);
  if (loaded.snapshot) {
    std::vector<config::Finding> restart = config::needs_restart(*current_, loaded);
    if (!restart.empty()) {
      std::ranges::move(restart, std::back_inserter(result.findings));
    } else if (loaded.snapshot->hash == current_->hash) {
      result.ok = true;
    } else if (pass_gate(loaded, accept_lost, result)) {
      result.ok = result.changed =
          co_await take_over(std::move(loaded.snapshot), std::move(loaded.sources), result);
    }
  }
  last_reload_ok_ = result.ok;
  result.configuration = current_->hash;
  report(result);
  doors_.supervisor.ready();
  co_return result;
}

rt::Task<> Control::begin_drain() {
  state_ = State::Draining;
  doors_.supervisor.stopping();
  co_await turns_.begin();  // never ended: nothing is loaded any more
}

void Control::report(const ReloadResult& result) {
  if (!result.obstacle.empty()) {
    doors_.messages.say(LogLevel::Error, "reload-failed",
                        fmt::format("{}; the running configuration stays", result.obstacle));
    return;
  }
  for (const config::Finding& finding : result.findings) say_finding(doors_.messages, finding, result.files);
  if (!result.digest.empty())
    doors_.messages.say(
        LogLevel::Warn, "lost-access",
        result.gated
            ? fmt::format("callers would lose access; `reeve plan` shows who and why. To accept that: reeve "
                          "reload --accept-lost {}",
                          result.digest)
            : fmt::format("callers have lost access by this change, digest {}", result.digest));
  if (!result.ok) {
    doors_.messages.say(
        LogLevel::Error, "reload-refused",
        result.gated
            ? "the changed configuration was not loaded; the running one stays"
            : "the changed configuration was not loaded; the running one stays. Correct what is told "
              "above and reload again");
  } else if (result.changed) {
    doors_.messages.say(LogLevel::Info, "reloaded",
                        fmt::format("configuration {}", result.configuration.substr(0, 12)));
  } else {
    doors_.messages.say(LogLevel::Info, "reload-unchanged",
                        "nothing has changed since the configuration was loaded");
  }
}

void say_finding(Messages& messages, const config::Finding& finding, const std::vector<std::string>& files) {
  std::string text = config::findings_text({finding}, files);
  // One line a message: the fix goes behind what is wrong.
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (const std::size_t fix = text.find("\n  fix: "); fix != std::string::npos) text.replace(fix, 8, "; ");
  messages.say(finding.severity == config::Severity::Error ? LogLevel::Error : LogLevel::Warn,
               "configuration", text);
}

}  // namespace reeve::control
