// SPDX-License-Identifier: Apache-2.0
// A YAML document as a tree that knows where everything stands. Scalars keep their text as written: what a
// value means is decided by the key it belongs to, never by how it looks. Aliases are already copies of what
// they name, with its positions. Made by yaml/parse.h; environment values are put in later, in place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_pos.h"

namespace reeve::config::yaml {

struct Entry;

struct Node {
  enum class Kind : std::uint8_t { Scalar, Sequence, Mapping };

  Kind kind = Kind::Scalar;
  bool plain = false;              ///< a scalar without quotes, or one that came from the environment
  bool has_request_value = false;  ///< `${lower.case}` stands in the text
  bool bad = false;                ///< a finding was made about it: later steps leave it alone
  SourcePos at;
  std::string text;
  std::vector<std::uint32_t> literal_dollars;  ///< offsets in `text` of a `$` that begins no request value
  std::vector<Node> items;
  std::vector<Entry> entries;  ///< as written, duplicates too

  bool is_scalar() const { return kind == Kind::Scalar; }
  bool is_sequence() const { return kind == Kind::Sequence; }
  bool is_mapping() const { return kind == Kind::Mapping; }
  /// Nothing is written there.
  bool is_blank() const { return kind == Kind::Scalar && plain && text.empty(); }

  /// The value of the first entry with that key, or null.
  const Node* find(std::string_view key) const;
  const Entry* find_entry(std::string_view key) const;
  /// Where to point for something that a mapping lacks: its first key, or itself.
  SourcePos first_key() const;
};

struct Entry {
  std::string key;
  SourcePos key_at;
  Node value;
};

}  // namespace reeve::config::yaml
