// SPDX-License-Identifier: Apache-2.0
// Path patterns as a tree of segments, and the search for the most specific one that matches (contract, 2):
// at every segment the literal before `{x}:literal` (longest literal first) before `{x}` before `{x...}`,
// with a way back when a more specific beginning leads nowhere. One hash table holds all edges, so a step
// costs the same with ten routes and with ten thousand. Knows no hosts, methods or conditions: route_table.h
// does. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/inline_vector.h"
#include "http/path.h"

namespace reeve::policy {

struct PathPattern;

class RouteTrie {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;
  using Parameters = InlineVector<std::string_view, 8>;

  /// The root of a tree of its own (one a host level).
  std::uint32_t add_root();
  /// The resource of that pattern; `fresh` becomes it when there was none.
  std::uint32_t insert(std::uint32_t root, const PathPattern& pattern, std::uint32_t fresh);
  /// The resource of exactly that pattern (parameter names apart), or kNone.
  std::uint32_t lookup(std::uint32_t root, const PathPattern& pattern) const;
  /// The resource of the most specific pattern that matches, or kNone; fills `parameters`. A node is visited
  /// at most once a search, and the depth of patterns bounds the recursion.
  std::uint32_t match(std::uint32_t root, const http::Path& path, Parameters& parameters) const;

 private:
  enum class EdgeKind : std::uint8_t { Literal, Suffix };
  struct Node {
    std::uint32_t parameter = kNone;  ///< the node after `{x}`
    std::uint32_t rest = kNone;       ///< the resource of `{x...}` here
    std::uint32_t resource = kNone;   ///< of patterns that end here
    bool has_literals = false;
    std::uint16_t longest_suffix = 0;  ///< of the `{x}:literal` edges; bounds the colons that are tried
  };
  struct Edge {
    std::uint64_t hash = 0;
    std::uint32_t child = kNone;  ///< kNone = free slot
    std::uint32_t node = 0;
    std::uint32_t text = 0;  ///< offset in texts_
    std::uint32_t length = 0;
    EdgeKind kind = EdgeKind::Literal;
  };

  std::uint32_t find_edge(std::uint32_t node, EdgeKind kind, std::string_view text) const;
  std::uint32_t make_edge(std::uint32_t node, EdgeKind kind, std::string_view text);
  void place(const Edge& edge);
  std::uint32_t descend(std::uint32_t node, std::size_t depth, const http::Path& path,
                        Parameters& parameters) const;
  std::uint32_t descend_suffixes(const Node& from, std::uint32_t node, std::size_t depth,
                                 const http::Path& path, Parameters& parameters) const;

  std::vector<Node> nodes_;
  std::vector<Edge> edges_;  ///< open addressing, a power of two
  std::size_t edge_count_ = 0;
  std::string texts_;
};

}  // namespace reeve::policy
