// SPDX-License-Identifier: Apache-2.0
// `reeve key create CALLER --print`: a new key and the line that makes it known to a configuration. Asks no
// gateway and writes nothing: the key itself is on standard output and nowhere else.
#include "app/key_command.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "app/find_file.h"
#include "app/load_file.h"
#include "app/output.h"
#include "config/grammar.h"
#include "crypto/sha256.h"
#include "identity/key_format.h"
#include "json/writer.h"
#include "net/system_random.h"

namespace reeve::app {

namespace {

using policy::KeyEnvironment;

/// That of the configuration found, else live. Nothing when a file was named that cannot be read.
std::optional<KeyEnvironment> environment_of(const KeyCreateOptions& options) {
  if (!options.environment.empty())
    return options.environment == "test" ? KeyEnvironment::Test : KeyEnvironment::Live;
  const std::optional<std::string> file = find_file(options.file);
  if (!file) return KeyEnvironment::Live;
  const config::LoadResult loaded = load_file(*file);
  if (loaded.ok()) return loaded.snapshot->environment;
  if (!loaded.unreadable.empty() && !options.file.empty()) {
    fail(Exit::Failed, "file-unreadable",
         fmt::format("{}: {}; name a file that can be read, or say --env", *file, loaded.unreadable),
         options.json);
    return std::nullopt;
  }
  print_error(fmt::format("reeve: {} cannot be loaded, so the key is made for live; say --env to choose\n",
                          printable(*file)));
  return KeyEnvironment::Live;
}

std::string new_key(KeyEnvironment environment) {
  net::SystemRandom random;
  for (;;) {
    std::array<std::byte, identity::kKeyRandomBytes> bytes;
    random.fill(bytes);
    if (auto key = identity::make_key(environment, bytes)) return *std::move(key);
  }
}

/// One flow mapping that fits into `keys: [ … ]`. Everything in it is of a grammar that needs no quotes.
std::string yaml_line(const identity::KeyParts& parts, std::string_view hash, std::string_view expires) {
  std::string line = fmt::format(R"({{ id: "{}", hash: "{}")", parts.id, hash);
  if (parts.environment == KeyEnvironment::Test) line += ", env: test";
  if (!expires.empty()) line += fmt::format(", expires: {}", expires);
  return line + " }";
}

}  // namespace

Exit key_create(const KeyCreateOptions& options) {
  const auto wrong = [&](std::string_view code, const std::string& detail) {
    return fail(Exit::Usage, code, detail, options.json);
  };
  if (!config::is_name(options.caller) || options.caller == "anonymous")
    return wrong(
        "wrong-usage",
        fmt::format("'{}' cannot name a caller; names begin with a letter or digit and hold letters, digits "
                    "and ._:@/- only, 128 at most",
                    options.caller));
  if (!options.expires.empty() && !config::parse_time(options.expires))
    return wrong("wrong-usage",
                 fmt::format("'{}' is no time; write 2027-01-31 or 2027-01-31T18:00:00Z", options.expires));
  if (!options.print)
    return wrong("not-yet",
                 "keys kept by the gateway itself are not yet part of this version; add --print to get a "
                 "key and its line for the configuration");

  const auto environment = environment_of(options);
  if (!environment) return Exit::Failed;
  const std::string key = new_key(*environment);
  const identity::KeyParts parts = identity::parse_key(key).value();
  const std::string hash = "sha256:" + crypto::sha256_hex(parts.secret);
  const std::string line = yaml_line(parts, hash, options.expires);
  if (options.json) {
    std::string text;
    json::Writer(text)
        .begin_object()
        .field("key", std::string_view(key))
        .field("id", parts.id)
        .field("hash", std::string_view(hash))
        .field("line", std::string_view(line))
        .end_object();
    print(text + "\n");
  } else {
    print(fmt::format(
        "The key of {}, shown only this once:\n  {}\nIts line for `keys: [ … ]` of that caller in the "
        "configuration:\n  {}\n",
        options.caller, key, line));
  }
  return Exit::Yes;
}

}  // namespace reeve::app
