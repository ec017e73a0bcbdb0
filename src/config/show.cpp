// SPDX-License-Identifier: Apache-2.0
#include "config/show.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "config/kept_files.h"

namespace reeve::config {

namespace {

using yaml::Node;

constexpr std::string_view kNotShown = "(not shown)";

/// Keys whose values are proofs of somebody's identity, wherever they stand.
bool is_proof(std::string_view key) {
  constexpr std::array<std::string_view, 3> kProofs{"hash", "foreign", "password"};
  return std::ranges::find(kProofs, key) != kProofs.end();
}

/// Header fields whose values usually are: by name, since a literal tells nothing.
bool carries_credential(std::string_view field) {
  constexpr std::array<std::string_view, 8> kParts{"authorization", "cookie", "key",  "token",
                                                   "secret",        "passw",  "auth", "credential"};
  std::string lower(field);
  std::ranges::transform(lower, lower.begin(), ascii::lower);
  return std::ranges::any_of(kParts, [&](std::string_view part) { return lower.contains(part); });
}

/// `${NAME:-default}`: the default is as secret as the variable.
std::string without_defaults(std::string_view text) {
  std::string out;
  for (;;) {
    const std::size_t begin = text.find("${");
    const std::size_t end = begin == std::string_view::npos ? begin : text.find('}', begin);
    const std::size_t standard = end == std::string_view::npos ? end : text.substr(0, end).find(":-", begin);
    if (standard == std::string_view::npos) {
      const std::size_t whole = end == std::string_view::npos ? text.size() : end + 1;
      out.append(text.substr(0, whole));
      text.remove_prefix(whole);
      if (text.empty()) return out;
      continue;
    }
    out.append(text.substr(0, standard)).append(":-…}");
    text.remove_prefix(end + 1);
  }
}

class Shower {
 public:
  explicit Shower(json::Writer& json) : json_(json) {}

  /// `header_edits`: the mapping's keys are header fields.
  void node(const Node& node, bool header_edits) {
    if (node.is_mapping()) return mapping(node, header_edits);
    if (node.is_sequence()) {
      json_.begin_array();
      for (const Node& item : node.items) this->node(item, false);
      json_.end_array();
      return;
    }
    scalar(node);
  }

 private:
  void mapping(const Node& node, bool header_edits) {
    json_.begin_object();
    for (const yaml::Entry& entry : node.entries) {
      if (is_proof(entry.key) && entry.value.is_scalar()) continue;
      json_.key(entry.key);
      if (header_edits && entry.value.is_scalar() && carries_credential(entry.key)) {
        json_.string(kNotShown);
        continue;
      }
      // Wherever the contract lets fields be written with values.
      this->node(entry.value, entry.key == "set" || entry.key == "add" || entry.key == "headers");
    }
    json_.end_object();
  }

  void scalar(const Node& node) {
    if (node.is_blank()) {
      json_.null();
    } else if (node.plain && (node.text == "true" || node.text == "false")) {
      json_.boolean(node.text == "true");
    } else if (const auto number = ascii::parse_decimal<std::uint64_t>(node.text);
               node.plain && number && std::to_string(*number) == node.text) {
      json_.number(*number);
    } else {
      json_.string(without_defaults(node.text));
    }
  }

  json::Writer& json_;
};

/// Nothing is filled in: the text is shown as it was written.
struct NoEnvironment final : Environment {
  std::optional<std::string> get(const std::string&) const override { return std::nullopt; }
};

}  // namespace

void show(std::span<const SourceText> files, json::Writer& json) {
  KeptFiles kept(files);
  const NoEnvironment nothing;
  Context context{.environment = nothing, .reader = kept};
  std::string unreadable;
  const auto tree = files.empty() ? std::nullopt : read_tree(files.front().path, context, unreadable);
  if (!tree) {
    json.null();
    return;
  }
  Shower(json).node(tree->root, false);
}

}  // namespace reeve::config
