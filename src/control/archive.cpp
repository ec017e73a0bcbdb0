// SPDX-License-Identifier: Apache-2.0
// A file's time of change is when its configuration was last known to be served: that, and not its age,
// decides how long it is of use.
#include "control/archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "config/kept_files.h"
#include "control/files.h"
#include "crypto/sha256.h"
#include "json/reader.h"
#include "json/writer.h"

namespace reeve::control {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".json";
constexpr std::int64_t kVersion = 1;
// Four times what a configuration may have, for escapes.
constexpr std::size_t kLargest = std::size_t{512} * 1024 * 1024;

struct Document {
  WallTime loaded{};
  config::Sources sources;
};

std::string to_json(const config::Sources& sources, WallTime loaded) {
  std::string text;
  json::Writer json(text);
  json.begin_object().key("version").number(kVersion).key("loaded_us");
  json.number(
      std::int64_t{std::chrono::duration_cast<std::chrono::microseconds>(loaded.time_since_epoch()).count()});
  json.field("sources", sources.hash).key("files").begin_array();
  for (const config::SourceText& file : sources.files)
    json.begin_object().field("path", file.path).field("text", file.text).end_object();
  json.end_array().end_object();
  text.push_back('\n');
  return text;
}

std::optional<Document> read_document(const std::string& path) {
  const auto text = read_file(path, kLargest);
  const auto json = text ? json::parse(*text) : std::nullopt;
  if (!json || (*json)["version"].integer() != kVersion) return std::nullopt;
  const auto loaded = (*json)["loaded_us"].integer();
  const auto sources = (*json)["sources"].string();
  if (!loaded || !sources) return std::nullopt;
  Document document{.loaded = WallTime(std::chrono::microseconds(*loaded)),
                    .sources = {.files = {}, .hash = std::string(*sources)}};
  for (const json::Value& file : (*json)["files"].items()) {
    const auto at = file["path"].string();
    const auto content = file["text"].string();
    if (!at || !content) return std::nullopt;
    document.sources.files.push_back({std::string(*at), std::string(*content), {}});
  }
  if (document.sources.files.empty()) return std::nullopt;
  return document;
}

timespec to_timespec(WallTime time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  return {.tv_sec = seconds.count(),
          .tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds).count()};
}

/// False when it is not there.
bool still_served(const std::string& path, WallTime now) {
  const timespec times[2] = {to_timespec(now), to_timespec(now)};
  return ::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0;
}

struct File {
  std::string path;
  WallTime served{};
  std::size_t size = 0;
};

std::vector<File> files_of(const std::string& folder) {
  std::vector<File> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    struct stat facts{};
    const std::string path = entry.path().string();
    if (!path.ends_with(kEnding) || ::stat(path.c_str(), &facts) != 0) continue;
    files.push_back({path,
                     WallTime(std::chrono::seconds(facts.st_mtim.tv_sec) +
                              std::chrono::nanoseconds(facts.st_mtim.tv_nsec)),
                     static_cast<std::size_t>(facts.st_size)});
  }
  return files;
}

}  // namespace

void Archive::served(const policy::Snapshot& snapshot, config::Sources sources, WallTime now) {
  if (!hash_.empty()) still_served(path_of(hash_), now);  // for the last time
  hash_ = snapshot.hash;
  loaded_ = now;
  keep_ = snapshot.decisions_keep;
  unwritten_ = std::move(sources);
}

std::optional<std::string> Archive::save(WallTime now) {
  if (hash_.empty()) return std::nullopt;
  const std::string path = path_of(hash_);
  if (!still_served(path, now) && !unwritten_.files.empty()) {
    auto done = make_folder(folder_, 0700);
    if (done) done = write_file(path, to_json(unwritten_, loaded_), 0600);
    if (!done)
      return fmt::format(
          "{}; decisions that are taken now could not be explained by this configuration once it has "
          "changed. Make the data folder writable",
          done.error());
  }
  unwritten_ = {};
  tidy(now);
  return std::nullopt;
}

void Archive::tidy(WallTime now) {
  std::vector<File> files = files_of(folder_);
  std::ranges::sort(files, std::greater{}, &File::served);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < files.size(); ++i) {
    bytes += files[i].size;
    const bool old = files[i].served + keep_ < now;
    if ((old || i >= kMost || bytes > kBytesMost) && files[i].path != path_of(hash_))
      ::unlink(files[i].path.c_str());
  }
}

std::optional<Archive::Kept> Archive::make_again(const std::string& path) const {
  const auto document = read_document(path);
  if (!document) return std::nullopt;
  config::KeptFiles files(document->sources.files);
  const config::LoadResult loaded = config::load(document->sources.files.front().path, environment_, files);
  if (!loaded.ok() || loaded.sources.hash != document->sources.hash) return std::nullopt;
  return Kept{loaded.snapshot, document->loaded};
}

std::optional<explain::ConfigurationMark> Archive::last() const {
  const std::vector<File> files = files_of(folder_);
  const auto newest = std::ranges::max_element(files, {}, &File::served);
  if (newest == files.end() || newest->path == path_of(hash_)) return std::nullopt;
  return explain::configuration_mark(std::string_view(newest->path).substr(folder_.size() + 1));
}

std::optional<Archive::Kept> Archive::find(const explain::ConfigurationMark& mark) {
  if (const auto known = std::ranges::find(compiled_, mark, [](const auto& one) { return one.first; });
      known != compiled_.end()) {
    std::rotate(known, known + 1, compiled_.end());
    return compiled_.back().second;
  }
  const std::string prefix = crypto::to_hex(mark);
  for (const File& file : files_of(folder_)) {
    const std::string_view name = std::string_view(file.path).substr(folder_.size() + 1);
    if (!name.starts_with(prefix)) continue;
    auto kept = make_again(file.path);
    if (!kept) return std::nullopt;
    if (compiled_.size() == kCompiledMost) compiled_.erase(compiled_.begin());
    compiled_.emplace_back(mark, *kept);
    return kept;
  }
  return std::nullopt;
}

std::expected<std::vector<config::SourceText>, std::string> Archive::current_texts() const {
  if (!unwritten_.files.empty()) return unwritten_.files;
  auto document = read_document(path_of(hash_));
  if (!document) return std::unexpected(fmt::format("{} cannot be read", path_of(hash_)));
  return std::move(document->sources.files);
}

}  // namespace reeve::control
