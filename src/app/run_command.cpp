// SPDX-License-Identifier: Apache-2.0
// `reeve run`: everything that must be there before the first thread starts, in the order in which its
// failure is cheapest: file, data folder (or the running process to take over from), token, name. Then the
// Process serves.
#include <fmt/format.h>
#include <signal.h>

#include <chrono>

#include "app/find_file.h"
#include "app/load_file.h"
#include "app/output.h"
#include "app/process.h"
#include "config/render_findings.h"
#include "net/descriptors.h"

namespace reeve::app {

namespace {

Exit without_file() {
  print_error(
      fmt::format("reeve: there is no configuration: no -c, no REEVE_CONFIG, no ./reeve.yaml, no "
                  "/etc/reeve/reeve.yaml\n"
                  "Save this as reeve.yaml, put your service's address in, and run again:\n\n{}",
                  kMinimalFile));
  return Exit::No;
}

std::expected<control::DataFolder, control::DataFolder::Trouble> take_over(const std::string& path,
                                                                           std::optional<Takeover>& takeover,
                                                                           InheritedSockets& inherited) {
  auto begun = Takeover::begin(path);
  if (!begun)
    return std::unexpected(
        control::DataFolder::Trouble{0, fmt::format("cannot take over from the running process ({}); it goes "
                                                    "on serving. Stop it and start without --upgrade",
                                                    begun.error())});
  takeover.emplace(std::move(*begun));
  auto folder = control::DataFolder::adopt(path, takeover->take_lock().release());
  for (ReceivedDescriptor& socket : takeover->take_sockets())
    inherited.add_from_reeve(socket.name, std::move(socket.fd));
  return folder;
}

}  // namespace

Exit run(const RunOptions& options) {
  net::block_signals({SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2});
  const auto file = find_file(options.file);
  if (!file) return without_file();

  config::LoadResult loaded = load_to_serve(*file);
  if (!loaded.unreadable.empty())
    return app::fail(Exit::Failed, "file-unreadable",
                     fmt::format("{}: {}; name a file that can be read with -c", *file, loaded.unreadable),
                     false);
  if (!loaded.ok()) {
    print_error(config::findings_text(loaded.findings, loaded.files));
    return Exit::No;
  }
  StderrMessages messages;
  messages.level(loaded.snapshot->log);
  for (const config::Finding& finding : loaded.findings)
    control::say_finding(messages, finding, loaded.files);

  InheritedSockets inherited(messages);
  inherited.add_from_systemd();
  std::optional<Takeover> takeover;
  auto folder = control::DataFolder::open(loaded.snapshot->data_folder);
  if (!folder && options.upgrade && folder.error().owner != 0)
    folder = take_over(loaded.snapshot->data_folder, takeover, inherited);
  if (!folder) return app::fail(Exit::Failed, "data-folder", folder.error().text, false);
  if (options.upgrade && !takeover)
    messages.say(policy::LogLevel::Info, "nothing-to-upgrade",
                 "no process runs on this data folder; this is a plain start");

  net::SystemRandom random;
  auto token = folder->token(random);
  if (!token) return app::fail(Exit::Failed, "data-folder", token.error(), false);
  auto instance = folder->instance(random);
  if (!instance) return app::fail(Exit::Failed, "data-folder", instance.error(), false);
  auto decision_keys = control::decision_keys(*folder, random, WallTime(std::chrono::system_clock::now()));
  if (!decision_keys) return app::fail(Exit::Failed, "data-folder", decision_keys.error(), false);

  Process process({.file = *file,
                   .loaded = std::move(loaded),
                   .folder = std::move(*folder),
                   .token = std::move(*token),
                   .instance = std::move(*instance),
                   .decision_keys = std::move(*decision_keys),
                   .descriptors = net::raise_descriptor_limit(),
                   .takeover = std::move(takeover)},
                  inherited, messages);
  return process.serve();
}

}  // namespace reeve::app
