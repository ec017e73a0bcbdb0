// SPDX-License-Identifier: Apache-2.0
#include "exchange/h1_writer.h"

#include <charconv>

#include "http/field_rules.h"
#include "http/head_writer.h"

namespace reeve::exchange {

namespace {

constexpr std::size_t kSmall = 512;

rt::Buffer small_buffer(std::string_view bytes) {
  rt::Buffer buffer = rt::Buffer::with_room(kSmall);
  buffer.append(bytes);
  return buffer;
}

/// `0`, the trailer fields that may be forwarded, the empty line.
void append_end(const http::Head* trailers, rt::Buffer& out) {
  out.append("0\r\n");
  if (trailers != nullptr) {
    for (const http::FieldLine& field : trailers->fields) {
      if (!http::may_be_trailer(trailers->name(field))) continue;
      out.append({trailers->data + field.begin, field.end - field.begin});
    }
  }
  out.append("\r\n");
}

void frame_chunk(Part&& part, const http::Head* trailers, rt::WriteList& list) {
  rt::Buffer after;
  if (!part.bytes.empty()) {
    char size[20];
    const auto end = std::to_chars(size, size + sizeof size - 2, part.bytes.size(), 16).ptr;
    end[0] = '\r';
    end[1] = '\n';
    list.add(small_buffer({size, static_cast<std::size_t>(end + 2 - size)}));
    list.add(std::move(part.bytes));
    after = small_buffer("\r\n");
  }
  if (part.last) append_end(trailers, after);
  list.add(std::move(after));
}

}  // namespace

void frame(Part&& part, Coding coding, OutFraming framing, const http::Head* trailers, rt::WriteList& list) {
  if (framing == OutFraming::None) return;
  if (framing != OutFraming::Chunked) {
    list.add(std::move(part.bytes));
    return;
  }
  if (coding == Coding::Identity) {
    frame_chunk(std::move(part), trailers, list);
    return;
  }
  list.add(std::move(part.bytes));
  if (part.last && !part.terminated) {
    rt::Buffer end;
    append_end(trailers, end);
    list.add(std::move(end));
  }
}

}  // namespace reeve::exchange
