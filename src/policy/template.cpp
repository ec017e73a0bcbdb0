// SPDX-License-Identifier: Apache-2.0
#include "policy/template.h"

namespace reeve::policy {

void render(const Template& text, const ValueSource& values, std::string& out) {
  for (const Template::Piece& piece : text.pieces) {
    out += piece.literal;
    if (piece.has_value) out += values.get(piece.value, piece.parameter);
  }
}

}  // namespace reeve::policy
