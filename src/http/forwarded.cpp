// SPDX-License-Identifier: Apache-2.0
// Entries from right to left, and the fields for the upstream. The lists that proxies write are trusted no
// further than their grammar: what is not exactly an address ends the walk.
#include "http/forwarded.h"

#include <cstring>

#include "base/ascii.h"
#include "http/field_name.h"
#include "http/quoted_list.h"

namespace reeve::http {

namespace {

// RFC 7239 6: a port is digits or an obfuscated identifier.
bool is_hop_port(std::string_view text) {
  if (text.empty()) return false;
  if (text.front() == '_') {
    for (const char c : text)
      if (!ascii::is_alpha(c) && !ascii::is_digit(c) && c != '.' && c != '_' && c != '-') return false;
    return text.size() > 1;
  }
  return text.size() <= 5 && ascii::parse_decimal<std::uint16_t>(text).has_value();
}

/// The `for` of one element of Forwarded; nothing if there is none, more than one, or a broken pair.
std::optional<IpAddress> forwarded_for(std::string_view element) {
  bool broken = false;
  bool found = false;
  std::string_view node;
  const bool closed = for_each_unquoted(element, ';', [&](std::string_view pair) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || !ascii::is_token(pair.substr(0, equals))) {
      broken |= !pair.empty();
      return;
    }
    if (!ascii::iequals(pair.substr(0, equals), "for")) return;
    broken |= found;
    found = true;
    node = pair.substr(equals + 1);
  });
  if (!closed || broken || !found) return std::nullopt;
  if (node.size() >= 2 && node.front() == '"' && node.back() == '"') node = node.substr(1, node.size() - 2);
  return parse_hop(node);
}

class Appender {
 public:
  Appender(char* out, std::size_t room) : out_(out), room_(room) {}

  void text(std::string_view bytes) {
    if (room_ - size_ < bytes.size()) {
      full_ = true;
      return;
    }
    std::memcpy(out_ + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  void address(const IpAddress& address) {
    char bytes[46];
    text({bytes, address.write(bytes)});
  }
  void separator() {
    if (size_ != 0) text(", ");
  }
  void node(const std::optional<IpAddress>& node) {
    separator();
    text("for=");
    if (!node) return text("unknown");
    if (node->is_v4()) return address(*node);
    text("\"[");
    address(*node);
    text("]\"");
  }
  void pair(std::string_view name, std::string_view value) {
    text(name);
    if (ascii::is_token(value)) return text(value);
    text("\"");
    for (const char& c : value) {
      if (c == '"' || c == '\\') text("\\");
      text({&c, 1});
    }
    text("\"");
  }
  std::size_t size() const { return full_ ? 0 : size_; }

 private:
  char* out_;
  std::size_t room_;
  std::size_t size_ = 0;
  bool full_ = false;
};

}  // namespace

std::optional<IpAddress> parse_hop(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view inside = text.substr(1, close - 1);
    const std::string_view behind = text.substr(close + 1);
    if (inside.find(':') == std::string_view::npos) return std::nullopt;
    if (!behind.empty() && (behind.front() != ':' || !is_hop_port(behind.substr(1)))) return std::nullopt;
    return IpAddress::parse(inside);
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
    return IpAddress::parse(text);
  if (!is_hop_port(text.substr(colon + 1))) return std::nullopt;
  return IpAddress::parse(text.substr(0, colon));
}

HopWalk::HopWalk(const Head& head, std::string_view header)
    : head_(head), header_(header), id_(field_id(header)), lines_left_(head.fields.size()) {
  switch (id_) {
    case FieldId::XForwardedFor:
      syntax_ = Syntax::List;
      break;
    case FieldId::Forwarded:
      syntax_ = Syntax::Forwarded;
      break;
    default:
      syntax_ = Syntax::Single;
      break;
  }
}

bool HopWalk::enter_line() {
  while (lines_left_ != 0) {
    const FieldLine& line = head_.fields[--lines_left_];
    if (line.id != id_) continue;
    if (id_ == FieldId::Other && !ascii::iequals(head_.name(line), header_)) continue;
    rest_ = head_.value(line);
    in_line_ = true;
    if (syntax_ == Syntax::Forwarded) find_elements();
    return true;
  }
  return false;
}

// Quotes can only be followed from left to right.
void HopWalk::find_elements() {
  next_ = 0;
  left_ = 0;
  const bool closed = for_each_unquoted(rest_, ',', [this](std::string_view element) {
    if (element.empty()) return;
    elements_[next_] = {static_cast<std::uint32_t>(element.data() - rest_.data()),
                        static_cast<std::uint32_t>(element.size())};
    next_ = (next_ + 1) % kHopsMax;
    if (left_ < kHopsMax) ++left_;
  });
  if (closed) return;
  elements_[0] = {0, static_cast<std::uint32_t>(rest_.size())};
  next_ = 1;
  left_ = 1;
}

std::string_view HopWalk::take_list_entry() {
  const std::size_t comma = rest_.rfind(',');
  const std::string_view entry = rest_.substr(comma == std::string_view::npos ? 0 : comma + 1);
  in_line_ = comma != std::string_view::npos;
  rest_ = rest_.substr(0, in_line_ ? comma : 0);
  return ascii::trim(entry);
}

std::string_view HopWalk::take_element() {
  if (left_ == 0) {
    in_line_ = false;
    return {};
  }
  --left_;
  next_ = (next_ + kHopsMax - 1) % kHopsMax;
  return rest_.substr(elements_[next_].begin, elements_[next_].size);
}

bool HopWalk::next(std::optional<IpAddress>& address) {
  for (;;) {
    if (!in_line_ && !enter_line()) return false;
    std::string_view entry;
    switch (syntax_) {
      case Syntax::Single:
        in_line_ = false;
        lines_left_ = 0;
        address = parse_hop(rest_);
        return true;
      case Syntax::List:
        entry = take_list_entry();
        if (entry.empty()) continue;
        address = parse_hop(entry);
        return true;
      case Syntax::Forwarded:
        entry = take_element();
        if (entry.empty()) continue;
        address = forwarded_for(entry);
        return true;
    }
  }
}

std::size_t write_forwarded_for(const ClientAddress& from, const std::optional<IpAddress>& peer, char* out,
                                std::size_t room) {
  Appender to(out, room);
  if (from.from_field) {
    to.address(*from.client);
    for (std::uint32_t i = from.hops.size(); i != 0; --i) {
      to.separator();
      to.address(from.hops[i - 1]);
    }
  }
  if (peer) {
    to.separator();
    to.address(*peer);
  }
  return to.size();
}

std::size_t write_forwarded(const ClientAddress& from, const std::optional<IpAddress>& peer,
                            std::string_view host, std::string_view proto, char* out, std::size_t room) {
  Appender to(out, room);
  if (from.from_field) {
    to.node(from.client);
    for (std::uint32_t i = from.hops.size(); i != 0; --i) to.node(from.hops[i - 1]);
  }
  to.node(peer);
  if (!host.empty()) to.pair(";host=", host);
  to.pair(";proto=", proto);
  return to.size();
}

}  // namespace reeve::http
