// SPDX-License-Identifier: Apache-2.0
#include "policy/subject.h"

#include <algorithm>
#include <cstring>

#include "base/ascii.h"

namespace reeve::policy {

namespace {

constexpr std::size_t kElementHead = 3;
constexpr char kAddressV4 = '4';
constexpr char kAddressV6 = '6';

/// Writes elements one behind the other; what does not fit is cut.
class Elements {
 public:
  explicit Elements(char* out) : out_(out) {}

  void begin(char type) {
    if (size_ + kElementHead > kSubjectMax) return;
    head_ = size_;
    out_[size_] = type;
    size_ += kElementHead;
    seal();
  }
  void add(std::string_view bytes) {
    const std::size_t n = std::min(bytes.size(), kSubjectMax - size_);
    std::memcpy(out_ + size_, bytes.data(), n);
    size_ += n;
    seal();
  }
  void add(const std::uint8_t* bytes, std::size_t count) {
    add({reinterpret_cast<const char*>(bytes), count});
  }
  /// Nothing was added since begin().
  bool bare() const { return size_ == head_ + kElementHead; }
  void take_back() { size_ = head_; }
  std::size_t size() const { return size_; }

 private:
  void seal() {
    const std::size_t length = size_ - head_ - kElementHead;
    out_[head_ + 1] = static_cast<char>(length >> 8);
    out_[head_ + 2] = static_cast<char>(length & 0xff);
  }
  char* out_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

struct Who {
  const Snapshot& snapshot;
  const Facts& facts;
  std::uint32_t caller;
  std::uint32_t key;
};

void write_address(const Who& who, Elements& out) {
  if (!who.facts.client) return out.begin('u');
  const IpAddress& address = *who.facts.client;
  out.begin(address.is_v4() ? kAddressV4 : kAddressV6);
  out.add(address.bytes(), address.is_v4() ? 4 : 8);
}

void write_caller(const Who& who, Elements& out) {
  if (who.caller == kNone) return write_address(who, out);
  out.begin('c');
  out.add(who.snapshot.callers[who.caller].name);
}

void write_key(const Who& who, Elements& out) {
  if (who.key == kNone) return write_caller(who, out);
  out.begin('k');
  out.add(who.snapshot.keys.id(who.key));
}

const Team* team_of(const Who& who) {
  if (who.caller == kNone) return nullptr;
  const std::uint32_t team = who.snapshot.callers[who.caller].team;
  return team == kNone ? nullptr : &who.snapshot.teams[team];
}

void write_team(const Who& who, Elements& out) {
  const Team* team = team_of(who);
  if (team == nullptr) return write_caller(who, out);
  out.begin('t');
  out.add(team->name);
}

void write_organisation(const Who& who, Elements& out) {
  const Team* team = team_of(who);
  if (team == nullptr || team->organisation == kNone) return write_team(who, out);
  out.begin('o');
  out.add(who.snapshot.organisations[team->organisation].name);
}

/// A list in several lines is the same list (RFC 9110 5.2).
void write_header(const Who& who, std::string_view name, Elements& out) {
  out.begin('h');
  if (const http::RequestHead* head = who.facts.head) {
    for (const http::FieldLine& line : head->fields) {
      if (line.value_length == 0 || !ascii::iequals(head->name(line), name)) continue;
      if (!out.bare()) out.add(", ");
      out.add(head->value(line));
    }
  }
  if (!out.bare()) return;
  out.take_back();
  write_address(who, out);
}

}  // namespace

std::size_t write_subject(const Limit& limit, const Snapshot& snapshot, const Facts& facts,
                          std::uint32_t caller, std::uint32_t key, char* out) {
  const Who who{snapshot, facts, caller, key};
  Elements elements(out);
  for (const Limit::Per& per : limit.per) {
    switch (per.part) {
      case SubjectPart::Caller:
        write_caller(who, elements);
        break;
      case SubjectPart::Key:
        write_key(who, elements);
        break;
      case SubjectPart::Team:
        write_team(who, elements);
        break;
      case SubjectPart::Organisation:
        write_organisation(who, elements);
        break;
      case SubjectPart::Ip:
        write_address(who, elements);
        break;
      case SubjectPart::Route:
        elements.begin('r');
        if (facts.route != kNone) elements.add(snapshot.routes[facts.route].name);
        break;
      case SubjectPart::Header:
        break;
    }
  }
  // Last, because only these can be long enough to cut what stands behind them.
  for (const Limit::Per& per : limit.per)
    if (per.part == SubjectPart::Header) write_header(who, per.header, elements);
  return elements.size();
}

std::size_t write_coarse_subject(std::string_view subject, char* out) {
  Elements elements(out);
  while (subject.size() >= kElementHead) {
    const char type = subject[0];
    const std::size_t length =
        std::size_t{static_cast<unsigned char>(subject[1])} << 8 | static_cast<unsigned char>(subject[2]);
    subject.remove_prefix(kElementHead);
    const std::string_view bytes = subject.substr(0, length);
    subject.remove_prefix(bytes.size());
    if (type != kAddressV4 && type != kAddressV6) continue;
    elements.begin(type);
    elements.add(bytes.substr(0, type == kAddressV4 ? 2 : 4));
  }
  return elements.size();
}

}  // namespace reeve::policy
