// SPDX-License-Identifier: Apache-2.0
// Differential: a chunked body in one piece and cut at places that a seed (the first byte) chooses, verbatim
// and decoded, against a plain decoder that sees the whole. What is passed on verbatim decodes to the same
// content.
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "base/prng.h"
#include "http/h1/chunked.h"

namespace {

using reeve::http::h1::ChunkedReader;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Outcome {
  std::string output;
  std::uint64_t content = 0;
  std::size_t consumed = 0;
  bool ended = false;
  bool failed = false;
  bool operator==(const Outcome&) const = default;
};

Outcome feed(std::string_view text, ChunkedReader::Output output, reeve::Prng* random) {
  ChunkedReader reader(output);
  Outcome outcome;
  while (!text.empty() && !reader.failed() && !reader.at_trailers()) {
    const std::size_t size =
        random == nullptr ? text.size() : 1 + random->below(std::min<std::size_t>(text.size(), 9));
    std::vector<char> piece(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
    const auto fed = reader.feed(piece.data(), piece.size());
    require(fed.kept <= fed.consumed && fed.consumed <= size && fed.content <= fed.kept);
    outcome.output.append(piece.data(), fed.kept);
    outcome.content += fed.content;
    outcome.consumed += fed.consumed;
    text.remove_prefix(size);
  }
  outcome.ended = reader.at_trailers();
  outcome.failed = reader.failed();
  return outcome;
}

/// The content of a whole body up to its last chunk's line, by the grammar; nothing if it is not whole or not
/// right.
std::optional<std::string> decode(std::string_view text) {
  std::string content;
  std::size_t extensions = 0;
  for (;;) {
    const std::size_t stop = text.find('\n');
    if (stop == std::string_view::npos || stop == 0 || text[stop - 1] != '\r') return std::nullopt;
    std::string_view line = text.substr(0, stop - 1);
    text.remove_prefix(stop + 1);
    const std::size_t semicolon = line.find(';');
    if (semicolon != std::string_view::npos) {
      for (const char c : line.substr(semicolon + 1)) {
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f || ++extensions > 1024)
          return std::nullopt;
      }
      line = line.substr(0, semicolon);
    }
    if (line.empty() || line.size() > 16) return std::nullopt;
    unsigned __int128 size = 0;
    for (const char c : line) {
      if (reeve::ascii::hex_value(c) < 0) return std::nullopt;
      size = size * 16 + static_cast<unsigned>(reeve::ascii::hex_value(c));
    }
    if (size == 0) return content;
    if (text.size() < 2 || size > text.size() - 2) return std::nullopt;
    content += text.substr(0, static_cast<std::size_t>(size));
    text.remove_prefix(static_cast<std::size_t>(size));
    if (!text.starts_with("\r\n")) return std::nullopt;
    text.remove_prefix(2);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const Outcome verbatim = feed(text, ChunkedReader::Output::Verbatim, nullptr);
  const Outcome decoded = feed(text, ChunkedReader::Output::Decode, nullptr);
  reeve::Prng random(data[0]);
  require(feed(text, ChunkedReader::Output::Verbatim, &random) == verbatim);
  require(feed(text, ChunkedReader::Output::Decode, &random) == decoded);
  require(decoded.consumed == verbatim.consumed && decoded.content == decoded.output.size());

  const auto reference = decode(text);
  require(reference.has_value() == decoded.ended);
  if (!reference) return 0;
  require(*reference == decoded.output);
  require(decode(verbatim.output + "0\r\n") == reference);
  return 0;
}
