// SPDX-License-Identifier: Apache-2.0
// Any bytes as a path: its normal form holds nothing that has to be normalised, is its own normal form, and
// its segments are its text cut at the slashes.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/path.h"

namespace {

using namespace reeve::http;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string raw = "/" + std::string(reinterpret_cast<const char*>(data), size);
  Path path;
  if (normalise(raw, path) != PathFlaw::None) {
    require(path.segments.empty());
    return 0;
  }
  require(path.text.starts_with('/') && path.text.size() <= raw.size());
  std::string joined;
  for (std::uint32_t i = 0; i < path.segments.size(); ++i) {
    const std::string_view segment = path.segments[i];
    require(segment != "." && segment != ".." && !segment.starts_with(".;") && !segment.starts_with("..;"));
    require(!segment.empty() || i + 1 == path.segments.size());
    require(segment.find_first_of("/\\#") == std::string_view::npos);
    joined += '/';
    joined += segment;
  }
  require(joined == path.text);
  require(path.encoded_slash == (path.text.find("%2F") != std::string_view::npos));

  Path again;
  require(normalise(joined, again) == PathFlaw::None);
  require(again.text == path.text && again.text.data() == joined.data());
  require(again.encoded_slash == path.encoded_slash && again.segments.size() == path.segments.size());
  return 0;
}
