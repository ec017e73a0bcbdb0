// SPDX-License-Identifier: Apache-2.0
#include "policy/route_trie.h"

#include <algorithm>
#include <cstring>

#include "policy/route_table.h"

namespace reeve::policy {

namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t hash_edge(std::uint32_t node, unsigned kind, std::string_view text) {
  std::uint64_t h =
      mix((std::uint64_t{node} << 1 | kind) ^ 0x9e3779b97f4a7c15u, text.size() ^ 0xd6e8feb86659fd93u);
  const char* data = text.data();
  std::size_t left = text.size();
  for (; left >= 8; left -= 8, data += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, data, 8);
    h = mix(h ^ word, 0xa0761d6478bd642fu);
  }
  if (left != 0) {
    std::uint64_t word = 0;
    std::memcpy(&word, data, left);
    h = mix(h ^ word, 0xe7037ed1a0b428dbu);
  }
  return h;
}

/// From that segment to the end of the path.
std::string_view rest_of(const http::Path& path, std::size_t segment) {
  std::size_t offset = 1;
  for (std::size_t i = 0; i < segment; ++i) offset += path.segments[i].size() + 1;
  return path.text.substr(std::min(offset, path.text.size()));
}

}  // namespace

std::uint32_t RouteTrie::add_root() {
  nodes_.emplace_back();
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::uint32_t RouteTrie::find_edge(std::uint32_t node, EdgeKind kind, std::string_view text) const {
  if (kind == EdgeKind::Literal && nodes_[node].only_literal != kNone) {
    const std::uint32_t child = nodes_[node].only_literal;
    return text_of(nodes_[child]) == text ? child : kNone;
  }
  if (slots_.empty()) return kNone;
  const std::uint64_t hash = hash_edge(node, static_cast<unsigned>(kind), text);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
    const Slot& slot = slots_[i];
    if (slot.child == kNone) return kNone;
    if (slot.tag != static_cast<std::uint32_t>(hash >> 32)) continue;
    const Node& child = nodes_[slot.child];
    if (child.parent == node && child.kind == kind && text_of(child) == text) return slot.child;
  }
}

void RouteTrie::place(std::uint32_t child) {
  const Node& node = nodes_[child];
  const std::uint64_t hash = hash_edge(node.parent, static_cast<unsigned>(node.kind), text_of(node));
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = hash & mask;
  while (slots_[i].child != kNone) i = (i + 1) & mask;
  slots_[i] = {static_cast<std::uint32_t>(hash >> 32), child};
}

/// Into the table, which stays at most half full.
void RouteTrie::enter(std::uint32_t child) {
  ++edge_count_;
  if (slots_.size() < 2 * edge_count_) {
    const std::vector<Slot> old = std::move(slots_);
    slots_.assign(std::max<std::size_t>(16, old.size() * 2), Slot{});
    for (const Slot& slot : old)
      if (slot.child != kNone) place(slot.child);
  }
  place(child);
}

std::uint32_t RouteTrie::make_edge(std::uint32_t node, EdgeKind kind, std::string_view text) {
  if (const std::uint32_t child = find_edge(node, kind, text); child != kNone) return child;
  const std::uint32_t child = add_root();
  Node& made = nodes_[child];
  made.parent = node;
  made.kind = kind;
  made.length = static_cast<std::uint32_t>(text.size());
  if (text.size() > Node::kInlineMax) {
    made.text = static_cast<std::uint32_t>(texts_.size());
    texts_ += text;
  } else if (!text.empty()) {
    std::memcpy(made.inline_text, text.data(), text.size());
  }
  Node& from = nodes_[node];
  if (kind == EdgeKind::Suffix) {
    from.longest_suffix =
        std::max(from.longest_suffix, static_cast<std::uint16_t>(std::min<std::size_t>(text.size(), 0xffff)));
    enter(child);
  } else if (from.only_literal == kNone && !from.many_literals) {
    from.only_literal = child;
  } else {
    if (!from.many_literals) enter(from.only_literal);
    from.only_literal = kNone;
    from.many_literals = true;
    enter(child);
  }
  return child;
}

std::uint32_t RouteTrie::insert(std::uint32_t root, const PathPattern& pattern, std::uint32_t fresh) {
  std::uint32_t node = root;
  for (const PathPattern::Segment& segment : pattern.segments) {
    switch (segment.kind) {
      case PathPattern::Kind::Literal:
        node = make_edge(node, EdgeKind::Literal, segment.text);
        break;
      case PathPattern::Kind::ParameterWithSuffix:
        node = make_edge(node, EdgeKind::Suffix, segment.text);
        break;
      case PathPattern::Kind::Parameter: {
        if (nodes_[node].parameter == kNone) {
          const std::uint32_t child = add_root();
          nodes_[node].parameter = child;
        }
        node = nodes_[node].parameter;
        break;
      }
      case PathPattern::Kind::Rest:
        if (nodes_[node].rest == kNone) nodes_[node].rest = fresh;
        return nodes_[node].rest;
    }
  }
  if (nodes_[node].resource == kNone) nodes_[node].resource = fresh;
  return nodes_[node].resource;
}

std::uint32_t RouteTrie::lookup(std::uint32_t root, const PathPattern& pattern) const {
  std::uint32_t node = root;
  for (const PathPattern::Segment& segment : pattern.segments) {
    switch (segment.kind) {
      case PathPattern::Kind::Literal:
        node = find_edge(node, EdgeKind::Literal, segment.text);
        break;
      case PathPattern::Kind::ParameterWithSuffix:
        node = find_edge(node, EdgeKind::Suffix, segment.text);
        break;
      case PathPattern::Kind::Parameter:
        node = nodes_[node].parameter;
        break;
      case PathPattern::Kind::Rest:
        return nodes_[node].rest;
    }
    if (node == kNone) return kNone;
  }
  return nodes_[node].resource;
}

std::uint32_t RouteTrie::match(std::uint32_t root, const http::Path& path, Parameters& parameters) const {
  return descend(root, 0, path, parameters);
}

std::uint32_t RouteTrie::descend_suffixes(const Node& from, std::uint32_t node, std::size_t depth,
                                          const http::Path& path, Parameters& parameters) const {
  const std::string_view segment = path.segments[depth];
  // From the left, so that the longest literal comes first; at least one character is left for the parameter.
  const std::size_t first = std::max<std::size_t>(
      1, segment.size() > from.longest_suffix ? segment.size() - from.longest_suffix : 1);
  for (std::size_t colon = segment.find(':', first); colon != std::string_view::npos;
       colon = segment.find(':', colon + 1)) {
    const std::uint32_t child = find_edge(node, EdgeKind::Suffix, segment.substr(colon));
    if (child == kNone) continue;
    parameters.push_back(segment.substr(0, colon));
    if (const std::uint32_t found = descend(child, depth + 1, path, parameters); found != kNone) return found;
    parameters.pop_back();
  }
  return kNone;
}

std::uint32_t RouteTrie::descend(std::uint32_t node, std::size_t depth, const http::Path& path,
                                 Parameters& parameters) const {
  const Node& here = nodes_[node];
  if (depth == path.segments.size()) return here.resource;
  const std::string_view segment = path.segments[depth];
  if (here.only_literal != kNone || here.many_literals) {
    const std::uint32_t child = find_edge(node, EdgeKind::Literal, segment);
    if (child != kNone) {
      if (const std::uint32_t found = descend(child, depth + 1, path, parameters); found != kNone)
        return found;
    }
  }
  if (here.longest_suffix != 0) {
    const std::uint32_t found = descend_suffixes(here, node, depth, path, parameters);
    if (found != kNone) return found;
  }
  if (here.parameter != kNone && !segment.empty()) {
    parameters.push_back(segment);
    if (const std::uint32_t found = descend(here.parameter, depth + 1, path, parameters); found != kNone)
      return found;
    parameters.pop_back();
  }
  if (here.rest != kNone) parameters.push_back(rest_of(path, depth));
  return here.rest;
}

}  // namespace reeve::policy
