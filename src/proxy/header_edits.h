// SPDX-License-Identifier: Apache-2.0
// A route's header edits, filled in for one request: which fields of the message they take out, and which
// they put in (contract, 2, `headers`; rules, 2: remove, set, add, in this order).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/head_writer.h"
#include "policy/route.h"
#include "policy/template.h"

namespace reeve::proxy {

class RenderedEdits {
 public:
  /// `edits` must outlive it.
  RenderedEdits(const policy::HeaderEdits& edits, const policy::ValueSource& values);

  /// Nothing is edited: the message passes as it is.
  bool none() const { return edits_.empty(); }
  /// The message's own field of that name (any case) goes: removed, or replaced by `set`.
  bool drops(std::string_view name) const;
  /// The route keeps that field although Reeve would drop it.
  bool keeps(std::string_view name) const;
  /// Fields of `set` and `add`; an empty value of `set` only removes. A value with CR or LF is left out.
  void write(http::HeadWriter& out) const;
  /// Bytes that write() needs at most.
  std::size_t room() const { return room_; }

 private:
  struct Field {
    std::string_view name;
    std::string value;
  };
  const policy::HeaderEdits& edits_;
  std::vector<Field> fields_;
  std::size_t room_ = 0;
};

}  // namespace reeve::proxy
