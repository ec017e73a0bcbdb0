// SPDX-License-Identifier: Apache-2.0
#include "config/include.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "config/schema.h"
#include "config/schema_check.h"
#include "config/yaml/parse.h"
#include "crypto/sha256.h"

namespace reeve::config {

namespace {

using yaml::Node;

constexpr std::size_t kFilesMax = 10'000;

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "." : std::string(path.substr(0, std::max<std::size_t>(slash, 1)));
}

const Shape* shape_of(std::string_view root_key) {
  const auto key = std::ranges::find(root_shape().keys, root_key, &Key::name);
  return key == root_shape().keys.end() ? nullptr : key->shape;
}

class Reader {
 public:
  Reader(const std::string& shown, Context& context) : context_(context), shown_folder_(folder_of(shown)) {
    if (shown.find('/') == std::string::npos) shown_folder_.clear();
  }

  /// The file's own root, not yet with what it includes.
  std::optional<Node> read(const std::string& absolute, std::string shown, std::string& unreadable);
  /// Puts what `root` (of that file) includes into `whole`.
  void include(Node& root, const std::string& file, Node& whole);
  bool broken() const { return broken_; }
  std::vector<SourceText> files;

 private:
  std::string shown_name(const std::string& absolute) const;
  void one_pattern(const Node& pattern, const std::string& file, Node& whole);
  void one_file(const Node& pattern, const std::string& path, Node& whole);
  void merge(Node& part, Node& whole);
  void merge_mappings(yaml::Entry& from, yaml::Entry& into);
  void given_twice(std::string_view rule, const yaml::Entry& again, const yaml::Entry& first);

  Context& context_;
  std::string shown_folder_;
  std::vector<std::string> open_;  // from the main file to the one being read
  std::set<std::string> seen_;
  bool broken_ = false;
};

std::optional<Node> Reader::read(const std::string& absolute, std::string shown, std::string& unreadable) {
  auto bytes = context_.reader.read(absolute, yaml::kFileMax + 1);
  if (!bytes) {
    unreadable = bytes.error();
    return std::nullopt;
  }
  const auto index = static_cast<std::uint32_t>(context_.shown_files.size());
  context_.shown_files.push_back(std::move(shown));
  seen_.insert(absolute);
  auto root = yaml::parse(*bytes, index);
  std::string hash = crypto::sha256_hex(*bytes);
  files.push_back({absolute, std::move(*bytes), std::move(hash)});
  if (!root) {
    context_.findings.error(rule::kYamlSyntax, root.error().at, root.error().text, root.error().fix);
    broken_ = true;
    return std::nullopt;
  }
  if (!root->is_mapping()) {
    context_.findings.error(rule::kWrongType, root->at,
                            "the file must be a mapping of keys such as `routes:`",
                            "write `key: value` lines at the top level");
    broken_ = true;
    return std::nullopt;
  }
  return std::move(*root);
}

std::string Reader::shown_name(const std::string& absolute) const {
  const std::string prefix = context_.folder == "/" ? "/" : context_.folder + "/";
  if (!absolute.starts_with(prefix)) return absolute;
  const std::string beside = absolute.substr(prefix.size());
  return shown_folder_.empty() ? beside : shown_folder_ == "/" ? "/" + beside : shown_folder_ + "/" + beside;
}

void Reader::given_twice(std::string_view rule, const yaml::Entry& again, const yaml::Entry& first) {
  context_.findings.error(
      rule, again.key_at,
      fmt::format("{} is given twice: here and at {}", quoted(again.key), context_.place(first.key_at)),
      "keep one of the two");
}

void Reader::merge_mappings(yaml::Entry& from, yaml::Entry& into) {
  const Shape* shape = shape_of(from.key);
  const bool names = shape != nullptr && shape->kind == Shape::Kind::Table;
  const bool judged = shape != nullptr && shape->kind != Shape::Kind::Later;
  std::set<std::string, std::less<>> before;
  for (const yaml::Entry& entry : into.value.entries) before.insert(entry.key);
  for (yaml::Entry& entry : from.value.entries) {
    // Twice in this file alone is left for the check of duplicate keys.
    if (judged && before.contains(entry.key)) {
      given_twice(names ? rule::kDuplicateName : rule::kDuplicateKey, entry,
                  *into.value.find_entry(entry.key));
      continue;
    }
    into.value.entries.push_back(std::move(entry));
  }
}

void Reader::merge(Node& part, Node& whole) {
  std::set<std::string, std::less<>> here;
  for (yaml::Entry& entry : part.entries) {
    const auto first = std::ranges::find(whole.entries, entry.key, &yaml::Entry::key);
    if (!here.insert(entry.key).second || first == whole.entries.end()) {
      whole.entries.push_back(std::move(entry));
    } else if (first->value.is_mapping() && entry.value.is_mapping()) {
      merge_mappings(entry, *first);
    } else if (first->value.is_sequence() && entry.value.is_sequence()) {
      std::ranges::move(entry.value.items, std::back_inserter(first->value.items));
    } else {
      given_twice(rule::kDuplicateKey, entry, *first);
    }
  }
}

void Reader::one_file(const Node& pattern, const std::string& path, Node& whole) {
  if (std::ranges::find(open_, path) != open_.end()) {
    context_.findings.error(rule::kInclude, pattern.at,
                            fmt::format("{} includes itself by way of this", shown_name(path)),
                            "remove it, or write a pattern that leaves this file out");
    return;
  }
  if (seen_.contains(path)) return;
  if (files.size() >= kFilesMax) {
    context_.findings.error(rule::kInclude, pattern.at, fmt::format("more than {} files", kFilesMax),
                            "include fewer, larger files");
    return;
  }
  std::string unreadable;
  auto part = read(path, shown_name(path), unreadable);
  if (!unreadable.empty())
    context_.findings.error(rule::kInclude, pattern.at,
                            fmt::format("{} cannot be read: {}", shown_name(path), unreadable),
                            "make it readable, or leave it out");
  if (!part) return;
  include(*part, path, *part);
  merge(*part, whole);
}

void Reader::one_pattern(const Node& pattern, const std::string& file, Node& whole) {
  const std::string wanted =
      pattern.text.starts_with('/') ? pattern.text : fmt::format("{}/{}", folder_of(file), pattern.text);
  const std::vector<std::string> found = context_.reader.glob(context_.reader.absolute(wanted));
  if (found.empty())
    context_.findings.warning(rule::kInclude, pattern.at,
                              fmt::format("no file matches {}", quoted(pattern.text)),
                              "correct the pattern (it is relative to this file), or remove it");
  for (const std::string& path : found) one_file(pattern, path, whole);
}

void Reader::include(Node& root, const std::string& file, Node& whole) {
  const auto entry = std::ranges::find(root.entries, "include", &yaml::Entry::key);
  if (entry == root.entries.end()) return;
  check_shape(entry->value, *shape_of("include"), context_);
  Node patterns = std::move(entry->value);
  root.entries.erase(entry);
  if (patterns.bad) return;
  open_.push_back(file);
  for (const Node& pattern : patterns.items)
    if (!pattern.bad) one_pattern(pattern, file, whole);
  open_.pop_back();
}

}  // namespace

std::optional<Tree> read_tree(const std::string& shown, Context& context, std::string& unreadable) {
  const std::string file = context.reader.absolute(shown);
  context.folder = folder_of(file);
  Reader reader(shown, context);
  auto root = reader.read(file, shown, unreadable);
  if (!root) return std::nullopt;
  reader.include(*root, file, *root);
  if (reader.broken()) return std::nullopt;
  return Tree{std::move(*root), std::move(reader.files)};
}

}  // namespace reeve::config
