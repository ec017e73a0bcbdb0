// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "config/access_names.h"
#include "config/audit/audit.h"
#include "config/compile.h"
#include "config/include.h"
#include "config/schema.h"
#include "config/schema_check.h"
#include "crypto/sha256.h"

namespace reeve::config {

namespace {

/// Bytes of all files in order, then the environment; parts are told apart by their fixed length and labels.
std::string hashed_sources(const Tree& tree, const Context& context) {
  std::string parts;
  for (const SourceText& file : tree.files) parts += fmt::format("file {}\n", file.hash);
  for (const auto& [name, hash] : context.environment_used)
    parts += fmt::format("variable {} {}\n", name, hash);
  return parts;
}

std::size_t offset_of(std::string_view text, SourcePos at) {
  std::size_t offset = 0;
  for (std::uint32_t line = 1; line < at.line && offset != std::string_view::npos; ++line)
    offset = text.find('\n', offset) + 1;
  return std::min<std::size_t>(offset + at.column - 1, text.size());
}

/// From the key `gate` to the next one of the top level.
void find_gate(const Tree& tree, Sources& sources) {
  const yaml::Entry* gate = tree.root.find_entry("gate");
  if (gate == nullptr) return;
  const std::string& text = sources.files[gate->key_at.file].text;
  sources.gate = {gate->key_at.file, offset_of(text, gate->key_at), text.size()};
  for (const yaml::Entry& other : tree.root.entries)
    if (other.key_at.file == gate->key_at.file)
      if (const std::size_t at = offset_of(text, other.key_at); at > sources.gate.begin)
        sources.gate.end = std::min(sources.gate.end, at);
}

std::string hashed_references(const Context& context) {
  std::string parts;
  for (const auto& [path, hash] : context.files_used) parts += fmt::format("referenced {} {}\n", path, hash);
  return parts;
}

SourcePos place_of(const yaml::Node& root, std::string_view key) {
  const yaml::Node* value = root.find(key);
  return value == nullptr ? SourcePos{} : value->at;
}

/// As positions are shown in explanations: from the main file's folder.
std::vector<std::string> beside_main(const std::vector<SourceText>& files, const std::string& folder) {
  std::vector<std::string> out;
  const std::string prefix = folder == "/" ? folder : folder + "/";
  for (const SourceText& file : files)
    out.push_back(file.path.starts_with(prefix) ? file.path.substr(prefix.size()) : file.path);
  return out;
}

void load_into(LoadResult& result, const std::string& path, const std::optional<Audit>& audit,
               Context& context) {
  auto tree = read_tree(path, context, result.unreadable);
  if (tree) {
    check_shape(tree->root, root_shape(), context);
    auto snapshot = std::make_shared<policy::Snapshot>();
    snapshot->configuration_file = tree->files.front().path;
    snapshot->files = beside_main(tree->files, context.folder);
    compile_settings(tree->root, context, *snapshot);
    compile_listeners(tree->root, context, *snapshot);
    const CompiledUpstreams upstreams = compile_upstreams(tree->root, context, *snapshot);
    AccessNames names;
    compile_disclosure(tree->root, *snapshot);
    compile_networks(tree->root, names, context, *snapshot);
    compile_limits(tree->root, names, context, *snapshot);
    compile_teams(tree->root, names, context, *snapshot);
    compile_global(tree->root, names, context, *snapshot);
    compile_routes(tree->root, upstreams, names, context, *snapshot);
    compile_callers(tree->root, names, context, *snapshot);
    compile_expectations(tree->root, context, *snapshot);
    if (!context.findings.any_error()) check_expectations(context, *snapshot);
    if (audit && !context.findings.any_error()) audit::run(tree->root, *snapshot, *audit, context);
    const std::string hashed = hashed_sources(*tree, context);
    snapshot->hash = crypto::sha256_hex(hashed + hashed_references(context));
    result.data_at = place_of(tree->root, "data");
    result.data_folder = snapshot->data_folder;
    result.admin_at = place_of(tree->root, "admin");
    result.threads_at = place_of(tree->root, "threads");
    if (!context.findings.any_error()) {
      result.snapshot = std::move(snapshot);
      result.sources = {std::move(tree->files), crypto::sha256_hex(hashed)};
      find_gate(*tree, result.sources);
    }
  }
  result.findings = context.findings.take_sorted();
  result.files = std::move(context.shown_files);
}

}  // namespace

bool LoadResult::any_warning() const {
  return std::ranges::any_of(findings, [](const Finding& f) { return f.severity == Severity::Warning; });
}

LoadResult load(const std::string& path, const Environment& environment, FileReader& files,
                const std::optional<Audit>& audit) {
  LoadResult result;
  try {
    Context context{.environment = environment, .reader = files};
    load_into(result, path, audit, context);
  } catch (const std::exception& problem) {
    result = {};
    result.unreadable = problem.what();
  }
  return result;
}

std::string hash_without_gate(const Sources& sources) {
  std::string parts;
  for (std::size_t i = 0; i < sources.files.size(); ++i) {
    std::string text = sources.files[i].text;
    if (i == sources.gate.file) text.erase(sources.gate.begin, sources.gate.end - sources.gate.begin);
    parts += crypto::sha256_hex(text);
  }
  return crypto::sha256_hex(parts);
}

std::vector<Finding> needs_restart(const policy::Snapshot& running, const LoadResult& next) {
  Findings findings;
  const auto report = [&](std::string_view key, SourcePos at, const std::string& from,
                          const std::string& to) {
    if (from == to) return;
    if (at.line == 0) at = {0, 1, 1};
    findings.error(
        rule::kNeedsRestart, at,
        fmt::format("`{}` changes from {} to {}, which a reload cannot do", key, from, to),
        "restart Reeve (`reeve run --upgrade` keeps connections, unless `data` changes), or undo this");
  };
  if (next.snapshot == nullptr) return {};
  const policy::Snapshot& after = *next.snapshot;
  const auto threads = [](std::uint32_t n) { return n == 0 ? std::string("auto") : std::to_string(n); };
  report("data", next.data_at, running.data_folder, after.data_folder);
  report("admin", next.admin_at, to_string(running.admin), to_string(after.admin));
  report("threads", next.threads_at, threads(running.threads), threads(after.threads));
  return findings.take_sorted();
}

}  // namespace reeve::config
