// SPDX-License-Identifier: Apache-2.0
// The only file that includes CLI11 (it takes 20 seconds to compile). Parse errors become exit 2, under
// --json with the document of rules 1. Commands that come with later parts of Reeve are known words that say
// so.
#include "app/cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <string_view>

#include "app/explain_command.h"
#include "app/key_command.h"
#include "app/options.h"
#include "app/output.h"
#include "app/plan_command.h"

namespace reeve::app {

namespace {

constexpr std::array<std::string_view, 8> kLater{"fix",  "caller", "role",   "team",
                                                 "cost", "budget", "models", "chat"};
constexpr std::array<std::string_view, 4> kLaterKey{"list", "show", "rotate", "revoke"};

bool wants_json(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i)
    if (std::string_view(argv[i]) == "--json") return true;
  return false;
}

/// The command's word, wherever options stand; with `skip` 1 the word behind it.
std::string_view command_word(int argc, const char* const* argv, int skip = 0) {
  for (int i = 1; i < argc; ++i)
    if (argv[i][0] != '-' && skip-- == 0) return argv[i];
  return {};
}

/// What was asked for, if it is not yet part of Reeve.
std::string later_command(int argc, const char* const* argv) {
  const std::string_view word = command_word(argc, argv);
  if (std::ranges::find(kLater, word) != kLater.end()) return std::string(word);
  const std::string_view second = command_word(argc, argv, 1);
  if (word == "key" && std::ranges::find(kLaterKey, second) != kLaterKey.end())
    return fmt::format("key {}", second);
  return {};
}

int usage(const CLI::App& cli, const CLI::Error& error, bool json) {
  const std::string hint = "run 'reeve --help' for the commands and 'reeve COMMAND --help' for options";
  if (json)
    return static_cast<int>(
        fail(Exit::Usage, "wrong-usage", fmt::format("{}; {}", error.what(), hint), true));
  print_error(fmt::format("reeve: {}\n{}", printable(error.what()), cli.help()));
  return static_cast<int>(Exit::Usage);
}

CLI::App* add_explain_command(CLI::App& cli, ExplainOptions& options) {
  CLI::App* command = cli.add_subcommand("explain", "Why a decision was taken, or what a request would meet");
  command->add_option("words", options.words, "A decision's id, or a method and a URL")
      ->type_name("ID | METHOD URL");
  command->add_option("--as", options.as, "As this caller")->type_name("CALLER");
  command
      ->add_option("--key", options.key,
                   "With this key; - reads it from standard input, REEVE_KEY is taken too")
      ->type_name("KEY");
  command->add_option("--from", options.from, "The client's address")->type_name("IP");
  command->add_option("--at", options.at, "At this time instead of now")->type_name("TIME");
  command->add_option("-H,--header", options.headers, "A header of the request")
      ->allow_extra_args(false)
      ->type_name("'Name: value'");
  command->add_option("--model", options.model, "Of an AI route")->type_name("NAME");
  command->add_option("-c,--config", options.file, "Evaluate this file, without a gateway")
      ->type_name("FILE");
  command->add_option("--admin", options.admin, "Admin address of the gateway")->type_name("URL");
  command->add_flag("--json", options.json, "One JSON document");
  return command;
}

CLI::App* add_plan_command(CLI::App& cli, PlanOptions& options) {
  CLI::App* command = cli.add_subcommand("plan", "Who would gain and who would lose what");
  command->add_option("new", options.next, "The changed configuration file")->type_name("NEW")->required();
  command->add_option("--against", options.against, "Compare with this file instead of the running gateway's")
      ->type_name("FILE");
  command->add_option("--at", options.at, "From this time on instead of now, for 366 days")
      ->type_name("TIME");
  command->add_option("-c,--config", options.file, "Configuration file, to find the data folder")
      ->type_name("FILE");
  command->add_option("--admin", options.admin, "Admin address of the gateway")->type_name("URL");
  command->add_flag("--json", options.json, "One JSON document");
  return command;
}

CLI::App* add_key_command(CLI::App& cli, KeyCreateOptions& options) {
  CLI::App* keys = cli.add_subcommand("key", "Keys of callers");
  keys->require_subcommand(1);
  CLI::App* create = keys->add_subcommand("create", "Make a key for a caller");
  create->add_option("caller", options.caller, "Whose key it will be")->type_name("CALLER")->required();
  create->add_flag("--print", options.print, "Only print the key and its line for the configuration");
  create->add_option("--expires", options.expires, "From when on it is refused: 2027-01-31, or RFC 3339")
      ->type_name("TIME");
  create
      ->add_option("--env", options.environment,
                   "Where it is valid; else as the configuration says, else live")
      ->check(CLI::IsMember({"live", "test"}).description(""))
      ->type_name("live|test");
  create->add_option("-c,--config", options.file, "Configuration file, to find the environment")
      ->type_name("FILE");
  create->add_flag("--json", options.json, "One JSON document");
  return create;
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  const bool json = wants_json(argc, argv);
  if (const std::string later = later_command(argc, argv); !later.empty())
    return static_cast<int>(
        fail(Exit::Usage, "not-yet",
             fmt::format("'reeve {}' is not yet part of this version; run 'reeve --help' for what is", later),
             json));

  CLI::App cli("Reeve, an API gateway that explains itself", "reeve");
  cli.require_subcommand(1);

  RunOptions run_options;
  CLI::App* run_command = cli.add_subcommand("run", "Serve until stopped; access log on standard output");
  run_command->add_option("-c,--config", run_options.file, "Configuration file")->type_name("FILE");
  run_command->add_flag("--upgrade", run_options.upgrade,
                        "Take over from the gateway that runs on this data folder");

  CheckOptions check_options;
  CLI::App* check_command = cli.add_subcommand("check", "Show every problem of configuration files");
  check_command->add_option("files", check_options.files, "Files; none = as run finds its file")
      ->type_name("FILE");
  check_command->add_flag("--strict", check_options.strict, "Warnings are problems too");
  check_command->add_flag("--json", check_options.json, "One JSON document");

  ReloadOptions reload_options;
  CLI::App* reload_command = cli.add_subcommand("reload", "Make the running gateway load its file again");
  reload_command
      ->add_option("-c,--config", reload_options.file, "Configuration file, to find the data folder")
      ->type_name("FILE");
  reload_command->add_option("--admin", reload_options.admin, "Admin address of the gateway")
      ->type_name("URL");
  reload_command->add_option("--accept-lost", reload_options.accept_lost, "Accept the losses of this digest")
      ->type_name("DIGEST");
  reload_command->add_flag("--json", reload_options.json, "One JSON document");

  ExplainOptions explain_options;
  CLI::App* explain_command = add_explain_command(cli, explain_options);

  PlanOptions plan_options;
  CLI::App* plan_command = add_plan_command(cli, plan_options);

  KeyCreateOptions key_options;
  CLI::App* key_command = add_key_command(cli, key_options);

  VersionOptions version_options;
  CLI::App* version_command = cli.add_subcommand("version", "Version, commit, compiler, libraries");
  version_command->add_flag("--json", version_options.json, "One JSON document");

  try {
    cli.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = cli.get_subcommands();
    print(chosen.empty() ? cli.help() : chosen.front()->help(cli.get_name()));
    return static_cast<int>(Exit::Yes);
  } catch (const CLI::Error& error) {
    return usage(cli, error, json);
  }
  Exit end = Exit::Usage;
  if (run_command->parsed()) end = run(run_options);
  if (check_command->parsed()) end = check(check_options);
  if (reload_command->parsed()) end = reload(reload_options);
  if (explain_command->parsed()) end = explain(explain_options);
  if (plan_command->parsed()) end = plan(plan_options);
  if (key_command->parsed()) end = key_create(key_options);
  if (version_command->parsed()) end = version(version_options);
  return static_cast<int>(end);
}

}  // namespace reeve::app
