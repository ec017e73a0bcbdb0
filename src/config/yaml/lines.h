// SPDX-License-Identifier: Apache-2.0
// From a byte offset to line and column as people count: from 1, columns in characters. Offsets mostly come
// in rising order, so it walks on from the last one.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/source_pos.h"

namespace reeve::config::yaml {

class Lines {
 public:
  Lines(std::string_view text, std::uint32_t file) : text_(text), file_(file) {}

  SourcePos at(std::size_t offset) {
    if (offset < offset_) offset_ = 0, line_ = 1, column_ = 1;
    for (; offset_ < offset && offset_ < text_.size(); ++offset_) {
      const char c = text_[offset_];
      const bool crlf = c == '\r' && offset_ + 1 < text_.size() && text_[offset_ + 1] == '\n';
      if (c == '\n' || (c == '\r' && !crlf)) {
        ++line_;
        column_ = 1;
      } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80 && !crlf) {
        ++column_;
      }
    }
    return {file_, line_, column_};
  }

 private:
  std::string_view text_;
  std::uint32_t file_;
  std::size_t offset_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
};

}  // namespace reeve::config::yaml
