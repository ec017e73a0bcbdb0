// SPDX-License-Identifier: Apache-2.0
#include "sim/wire.h"

#include <algorithm>

namespace reeve::sim {

namespace {

constexpr std::size_t kHeadMax = 128 * 1024;
constexpr std::size_t kLineMax = 2048;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

bool token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

const std::string* WireHead::find(std::string_view name) const {
  for (const auto& [field, value] : fields)
    if (field == name) return &value;
  return nullptr;
}

std::size_t WireHead::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields, [&](const auto& f) { return f.first == name; }));
}

std::string WireHead::value(std::string_view name) const {
  const std::string* found = find(name);
  return found == nullptr ? std::string() : *found;
}

bool WireHead::has_option(std::string_view option) const {
  for (const auto& [field, value] : fields) {
    if (field != "connection") continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      if (lowered(trimmed(rest.substr(0, comma))) == option) return true;
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return false;
}

bool WireHead::keeps_alive() const {
  if (has_option("close")) return false;
  return minor == 1 || has_option("keep-alive");
}

WireReader::Event WireReader::broken(std::string text) {
  flaw_ = std::move(text);
  state_ = State::Broken;
  return Event::Broken;
}

WireReader::Event WireReader::next(std::string_view& bytes) {
  if (std::exchange(ends_at_once_, false)) {
    state_ = State::Head;
    return Event::End;
  }
  if (bytes.empty()) return Event::More;
  switch (state_) {
    case State::Head:
      return take_head(bytes);
    case State::Length:
    case State::ChunkData:
    case State::UntilClose:
    case State::Tunnel:
      return take_some(bytes);
    case State::ChunkSize:
      return chunk_size(bytes);
    case State::ChunkEnd:
      while (!bytes.empty() && line_.size() < 2) {
        line_ += bytes.front();
        bytes.remove_prefix(1);
      }
      if (line_.size() < 2) return Event::More;
      if (line_ != "\r\n") return broken("no CRLF behind a chunk's data");
      line_.clear();
      state_ = State::ChunkSize;
      return next(bytes);
    case State::Trailer:
      return trailer(bytes);
    case State::Broken:
      bytes = {};
      return Event::Broken;
  }
  return Event::More;
}

WireReader::Event WireReader::finish() {
  if (state_ == State::UntilClose) {
    state_ = State::Head;
    return Event::End;
  }
  if (between() || state_ == State::Tunnel) return Event::More;
  return broken("the stream ends inside a message");
}

WireReader::Event WireReader::take_head(std::string_view& bytes) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::size_t from = line_.size() < 3 ? 0 : line_.size() - 3;
  const std::size_t had = line_.size();
  line_ += bytes;
  const std::size_t end = line_.find(kEnd, from);
  if (end == std::string::npos) {
    bytes = {};
    return line_.size() > kHeadMax ? broken("an endless head") : Event::More;
  }
  bytes.remove_prefix(end + kEnd.size() - had);
  line_.resize(end + 2);
  const bool fine = read_head(line_) && choose_body();
  line_.clear();
  return fine ? Event::Head : broken(std::move(flaw_));
}

bool WireReader::read_head(std::string_view text) {
  head_ = {};
  bool first = true;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 2);
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
      flaw_ = "bare CR, LF or NUL in a head";
      return false;
    }
    if (!(first ? read_start_line(line) : read_field(line, head_.fields))) {
      if (flaw_.empty()) flaw_ = "start line: " + std::string(line);
      return false;
    }
    first = false;
  }
  return !first;
}

bool WireReader::read_start_line(std::string_view line) {
  if (role_ == Role::Request) {
    const std::size_t a = line.find(' ');
    const std::size_t b = line.rfind(' ');
    if (a == std::string_view::npos || a == b) return false;
    head_.method = line.substr(0, a);
    head_.target = line.substr(a + 1, b - a - 1);
    const std::string_view version = line.substr(b + 1);
    head_.minor = version == "HTTP/1.0" ? 0 : 1;
    return token(head_.method) && !head_.target.empty() && head_.target.find(' ') == std::string::npos &&
           (version == "HTTP/1.1" || version == "HTTP/1.0");
  }
  if (line.size() < 13 || (!line.starts_with("HTTP/1.1 ") && !line.starts_with("HTTP/1.0 "))) return false;
  if (!digits(line.substr(9, 3)) || line[12] != ' ') return false;
  head_.minor = line[7] - '0';
  head_.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  return head_.status >= 100 && head_.status < 600;
}

bool WireReader::read_field(std::string_view line, std::vector<std::pair<std::string, std::string>>& into) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !token(line.substr(0, colon))) {
    flaw_ = "field line: " + std::string(line);
    return false;
  }
  const std::string_view value = line.substr(colon + 1);
  for (const char c : value) {
    if ((static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t') continue;
    flaw_ = "control byte in a field's value";
    return false;
  }
  into.emplace_back(lowered(line.substr(0, colon)), std::string(trimmed(value)));
  return true;
}

bool WireReader::choose_body() {
  const std::size_t lengths = head_.count("content-length");
  const std::size_t codings = head_.count("transfer-encoding");
  flaw_ = "contradictory framing";
  if (lengths + codings > 1) return false;
  if (codings == 1 && lowered(head_.value("transfer-encoding")) != "chunked") return false;
  const std::string length = head_.value("content-length");
  if (lengths == 1 && (!digits(length) || length.size() > 15)) return false;
  left_ = lengths == 1 ? std::stoull(length) : 0;
  if (role_ == Role::Answer && head_.status == 101) {
    if (lengths + codings != 0) return false;
    state_ = State::Tunnel;
    flaw_.clear();
    return true;
  }
  const bool bodyless = role_ == Role::Answer &&
                        (answers_head_ || head_.status < 200 || head_.status == 204 || head_.status == 304);
  if (role_ == Role::Answer && (head_.status < 200 || head_.status == 204) && lengths + codings != 0)
    return false;
  flaw_.clear();
  state_ = State::Head;
  if (bodyless) {
    ends_at_once_ = true;
  } else if (codings == 1) {
    state_ = State::ChunkSize;
  } else if (lengths == 1) {
    if (left_ == 0) {
      ends_at_once_ = true;
    } else {
      state_ = State::Length;
    }
  } else if (role_ == Role::Answer) {
    state_ = State::UntilClose;
  } else {
    ends_at_once_ = true;
  }
  return true;
}

WireReader::Event WireReader::take_some(std::string_view& bytes) {
  if (state_ == State::Tunnel || state_ == State::UntilClose) {
    body_ = std::exchange(bytes, {});
    return state_ == State::Tunnel ? Event::Tunnel : Event::Body;
  }
  body_ = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
  bytes.remove_prefix(body_.size());
  left_ -= body_.size();
  if (left_ == 0) {
    if (state_ == State::ChunkData) {
      state_ = State::ChunkEnd;
    } else {
      ends_at_once_ = true;
    }
  }
  return Event::Body;
}

bool WireReader::take_line(std::string_view& bytes, std::size_t max) {
  while (!bytes.empty() && line_.size() <= max) {
    line_ += bytes.front();
    bytes.remove_prefix(1);
    if (line_.ends_with("\r\n")) return true;
  }
  return false;
}

WireReader::Event WireReader::chunk_size(std::string_view& bytes) {
  if (!take_line(bytes, kLineMax))
    return line_.size() > kLineMax ? broken("an endless chunk size") : Event::More;
  std::string_view line(line_);
  line.remove_suffix(2);
  std::size_t n = 0;
  left_ = 0;
  for (; n < line.size() && n < 15; ++n) {
    const char c = lower(line[n]);
    if (c >= '0' && c <= '9') {
      left_ = left_ * 16 + static_cast<std::uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      left_ = left_ * 16 + static_cast<std::uint64_t>(c - 'a' + 10);
    } else {
      break;
    }
  }
  if (n == 0 || (n < line.size() && line[n] != ';') || line.find('\n') != std::string_view::npos)
    return broken("chunk size: " + line_);
  line_.clear();
  state_ = left_ == 0 ? State::Trailer : State::ChunkData;
  return next(bytes);
}

WireReader::Event WireReader::trailer(std::string_view& bytes) {
  if (!take_line(bytes, kLineMax))
    return line_.size() > kLineMax ? broken("an endless trailer") : Event::More;
  std::string line = std::exchange(line_, {});
  line.resize(line.size() - 2);
  if (line.empty()) {
    state_ = State::Head;
    return Event::End;
  }
  std::vector<std::pair<std::string, std::string>> trailers;
  if (!read_field(line, trailers)) return broken(std::move(flaw_));
  const std::string& name = trailers[0].first;
  if (name == "content-length" || name == "transfer-encoding" || name == "host")
    return broken("trailer: " + name);
  return next(bytes);
}

}  // namespace reeve::sim
