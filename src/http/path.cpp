// SPDX-License-Identifier: Apache-2.0
// One pass over paths that are normal already, which stops at the first thing that has to change; those few
// go through a second, which follows the order of the rules: split, decode, refuse, drop empty segments,
// remove dot segments.
#include "http/path.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace reeve::http {

namespace {

enum ByteClass : std::uint8_t { kPlain, kSlash, kPercent, kBackslash, kBad };

constexpr std::array<ByteClass, 256> kClass = [] {
  std::array<ByteClass, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = i <= 0x20 || i >= 0x7f ? kBad : kPlain;
  table['#'] = kBad;
  table['\\'] = kBackslash;
  table['/'] = kSlash;
  table['%'] = kPercent;
  return table;
}();

// RFC 3986 2.3
constexpr bool is_unreserved(char c) {
  return ascii::is_alpha(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

constexpr char kUpperHex[] = "0123456789ABCDEF";

/// What stands at a '%': the byte, or the flaw.
struct Percent {
  PathFlaw flaw = PathFlaw::None;
  char byte = 0;
  bool normal = false;  ///< has to stay as it is
};

Percent read_percent(std::string_view text) {
  if (text.size() < 3) return {PathFlaw::BadPercent};
  const int high = ascii::hex_value(text[1]);
  const int low = ascii::hex_value(text[2]);
  if (high < 0 || low < 0) return {PathFlaw::BadPercent};
  const char byte = static_cast<char>(high * 16 + low);
  if (byte == '\0') return {PathFlaw::EncodedNul};
  if (byte == '\\') return {PathFlaw::Backslash};
  const bool upper = text[1] == kUpperHex[high] && text[2] == kUpperHex[low];
  return {PathFlaw::None, byte, upper && !is_unreserved(byte)};
}

bool has_dot_parameter(std::string_view segment) {
  return segment.starts_with(".;") || segment.starts_with("..;");
}
bool is_dot_segment(std::string_view segment) {
  return segment == "." || segment == "..";
}

enum class Look : std::uint8_t { Normal, Changes, Flawed };

// Fills `path` as long as `raw` is normal.
Look take_normal(std::string_view raw, Path& path, PathFlaw& flaw) {
  std::size_t begin = 1;
  for (std::size_t i = 1;; ++i) {
    const bool last = i == raw.size();
    const ByteClass byte_class = last ? kSlash : kClass[static_cast<unsigned char>(raw[i])];
    if (byte_class == kPlain) continue;
    if (byte_class == kSlash) {
      const std::string_view segment = raw.substr(begin, i - begin);
      if (segment.empty() ? !last
                          : segment.front() == '.' && (is_dot_segment(segment) || has_dot_parameter(segment)))
        return Look::Changes;
      path.segments.push_back(segment);
      if (last) return Look::Normal;
      begin = i + 1;
      continue;
    }
    if (byte_class == kPercent) {
      const Percent percent = read_percent(raw.substr(i));
      flaw = percent.flaw;
      if (flaw != PathFlaw::None) return Look::Flawed;
      if (!percent.normal) return Look::Changes;
      path.encoded_slash |= percent.byte == '/';
      i += 2;
      continue;
    }
    flaw = byte_class == kBackslash ? PathFlaw::Backslash : PathFlaw::BadByte;
    return Look::Flawed;
  }
}

// Appends `raw` with unreserved characters decoded and other escapes in upper case.
PathFlaw decode_segment(std::string_view raw, std::string& out) {
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    const ByteClass byte_class = kClass[static_cast<unsigned char>(c)];
    if (byte_class == kBackslash) return PathFlaw::Backslash;
    if (byte_class == kBad) return PathFlaw::BadByte;
    if (byte_class != kPercent) {
      out += c;
      continue;
    }
    const Percent percent = read_percent(raw.substr(i));
    if (percent.flaw != PathFlaw::None) return percent.flaw;
    i += 2;
    if (is_unreserved(percent.byte)) {
      out += percent.byte;
    } else {
      const auto byte = static_cast<unsigned char>(percent.byte);
      out += '%';
      out += kUpperHex[byte >> 4];
      out += kUpperHex[byte & 15];
    }
  }
  return PathFlaw::None;
}

// `storage` holds "/a/b" without a trailing slash while this runs; `slash` says whether one is to follow.
PathFlaw rewrite(std::string_view raw, std::string& storage) {
  storage.clear();
  storage.reserve(raw.size());
  bool slash = false;
  std::size_t begin = 1;
  for (;;) {
    const std::size_t stop = std::min(raw.find('/', begin), raw.size());
    const std::size_t before = storage.size();
    storage += '/';
    const PathFlaw flaw = decode_segment(raw.substr(begin, stop - begin), storage);
    if (flaw != PathFlaw::None) return flaw;
    const std::string_view segment = std::string_view(storage).substr(before + 1);
    if (has_dot_parameter(segment)) return PathFlaw::DotParameter;
    slash = segment.empty() || is_dot_segment(segment);
    if (slash) {
      const bool up = segment.size() == 2;
      storage.resize(before);
      if (up && !storage.empty()) storage.resize(storage.rfind('/'));
    }
    if (stop == raw.size()) break;
    begin = stop + 1;
  }
  if (slash) storage += '/';
  return PathFlaw::None;
}

void split(std::string_view text, Path& path) {
  std::size_t begin = 1;
  for (;;) {
    const std::size_t stop = text.find('/', begin);
    path.segments.push_back(text.substr(begin, stop - begin));
    if (stop == std::string_view::npos) return;
    begin = stop + 1;
  }
}

}  // namespace

std::string_view describe(PathFlaw flaw) {
  switch (flaw) {
    case PathFlaw::None:
      return "the path is fine";
    case PathFlaw::BadPercent:
      return "the path holds a '%' without two hexadecimal digits behind it";
    case PathFlaw::EncodedNul:
      return "the path holds an encoded NUL byte";
    case PathFlaw::Backslash:
      return "the path holds a backslash";
    case PathFlaw::BadByte:
      return "the path holds a byte that must be percent-encoded";
    case PathFlaw::DotParameter:
      return "the path holds a dot segment with a parameter";
  }
  return "the path is not fine";
}

PathFlaw normalise(std::string_view raw, Path& path) {
  path.text = {};
  path.segments.clear();
  path.encoded_slash = false;
  if (raw.empty() || raw.front() != '/') return PathFlaw::BadByte;
  PathFlaw flaw = PathFlaw::None;
  switch (take_normal(raw, path, flaw)) {
    case Look::Normal:
      path.text = raw;
      return PathFlaw::None;
    case Look::Flawed:
      break;
    case Look::Changes:
      path.segments.clear();
      path.encoded_slash = false;
      flaw = rewrite(raw, path.storage);
      if (flaw != PathFlaw::None) break;
      path.text = path.storage;
      split(path.text, path);
      path.encoded_slash = path.text.find("%2F") != std::string_view::npos;
      return PathFlaw::None;
  }
  path.segments.clear();
  path.encoded_slash = false;
  return flaw;
}

}  // namespace reeve::http
