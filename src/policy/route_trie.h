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
#include "policy/index.h"

namespace reeve::policy {

struct PathPattern;

class RouteTrie {
 public:
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
  /// One cache line. Says itself by which edge it is reached, so that slots of the table stay small.
  struct Node {
    static constexpr std::uint32_t kInlineMax = 32;
    std::uint32_t parameter = kNone;     ///< the node after `{x}`
    std::uint32_t rest = kNone;          ///< the resource of `{x...}` here
    std::uint32_t resource = kNone;      ///< of patterns that end here
    std::uint32_t only_literal = kNone;  ///< the node behind the literal, while there is just one
    std::uint32_t parent = kNone;
    std::uint32_t length = 0;          ///< of the literal that leads here
    std::uint32_t text = 0;            ///< its offset in texts_, when it is longer than kInlineMax
    std::uint16_t longest_suffix = 0;  ///< of the `{x}:literal` edges; bounds the colons that are tried
    EdgeKind kind = EdgeKind::Literal;
    bool many_literals = false;  ///< they are in the table
    char inline_text[kInlineMax];
  };
  struct Slot {
    std::uint32_t tag = 0;  ///< upper half of the hash
    std::uint32_t child = kNone;
  };

  std::string_view text_of(const Node& node) const {
    return node.length <= Node::kInlineMax ? std::string_view(node.inline_text, node.length)
                                           : std::string_view(texts_).substr(node.text, node.length);
  }
  std::uint32_t find_edge(std::uint32_t node, EdgeKind kind, std::string_view text) const;
  std::uint32_t make_edge(std::uint32_t node, EdgeKind kind, std::string_view text);
  void place(std::uint32_t child);
  void enter(std::uint32_t child);
  std::uint32_t descend(std::uint32_t node, std::size_t depth, const http::Path& path,
                        Parameters& parameters) const;
  std::uint32_t descend_suffixes(const Node& from, std::uint32_t node, std::size_t depth,
                                 const http::Path& path, Parameters& parameters) const;

  std::vector<Node> nodes_;
  std::vector<Slot> slots_;  ///< open addressing, a power of two
  std::size_t edge_count_ = 0;
  std::string texts_;
};

}  // namespace reeve::policy
