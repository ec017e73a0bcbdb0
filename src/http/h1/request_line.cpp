// SPDX-License-Identifier: Apache-2.0
// The request line (RFC 9112 3): method, target, version, single spaces between. Refuses in the order of the
// bytes, so that a line which cannot be HTTP (a TLS handshake, say) is refused on its first byte. What the
// path means is for http/path.h; that CONNECT and TRACE are not served is the proxy's to say.
#include <cstring>

#include "base/ascii.h"
#include "http/authority.h"
#include "http/h1/reading.h"
#include "http/h1/scan.h"

namespace reeve::http::h1 {

namespace {

// Longest registered method: 17. A longer first word is no HTTP.
constexpr std::ptrdiff_t kMethodMax = 32;

Step read_method(Reading& in, RequestHead& head) {
  const char* const begin = in.at;
  const char* const limit = in.end - begin > kMethodMax ? begin + kMethodMax + 1 : in.end;
  std::uint8_t classes = 0;
  const char* const stop = token_end(begin, limit, classes);
  if (stop - begin > kMethodMax) return in.refuse("the first line does not begin with a method");
  if (stop == in.end) return in.run_out(stop, Phase::StartLine);
  if (*stop != ' ' || stop == begin) return in.refuse("the first line does not begin with a method");
  head.method_text = {begin, stop};
  head.method = method_of(head.method_text);
  in.at = stop + 1;
  return Step::Done;
}

Step read_target(Reading& in, std::uint32_t uri_max, RequestHead& head) {
  const char* const begin = in.at;
  const char* const stop = target_end(begin, in.end);
  head.target = {begin, stop};
  if (head.target.size() > uri_max) {
    head.target = head.target.substr(0, uri_max);  // however much of it has come
    return in.refuse(Code::UriTooLong, "the request target is too long");
  }
  if (stop == in.end) return in.run_out(stop, Phase::Target);
  if (*stop != ' ') {
    if (*stop == '\r' || *stop == '\n') return in.refuse("the first line has no HTTP version");
    return in.refuse("a byte that a request target cannot hold");
  }
  if (stop == begin) return in.refuse("more than one space in the first line");
  in.at = stop + 1;
  return Step::Done;
}

bool begins_like_version(const char* p, std::size_t size) {
  constexpr std::string_view kShape = "HTTP/d.d\r\n";
  for (std::size_t i = 0; i < size && i < kShape.size(); ++i)
    if (kShape[i] == 'd' ? !ascii::is_digit(p[i]) : p[i] != kShape[i]) return false;
  return true;
}

Step read_version(Reading& in, RequestHead& head) {
  constexpr std::size_t kSize = 10;  // HTTP/1.1 CR LF
  const char* const p = in.at;
  const auto left = static_cast<std::size_t>(in.end - p);
  if (left < kSize) {
    if (!begins_like_version(p, left)) return in.refuse("the first line does not end with an HTTP version");
    return in.run_out(in.end, Phase::StartLine);
  }
  in.at = p + kSize;
  if (std::memcmp(p, "HTTP/1.1\r\n", kSize) == 0) {
    head.minor = 1;
    return Step::Done;
  }
  if (std::memcmp(p, "HTTP/1.0\r\n", kSize) == 0) {
    head.minor = 0;
    return Step::Done;
  }
  if (!begins_like_version(p, kSize)) return in.refuse("the first line does not end with an HTTP version");
  return in.refuse(Code::VersionNotSupported, "only HTTP/1.0 and HTTP/1.1 are spoken here");
}

void split_query(std::string_view text, RequestHead& head) {
  const std::size_t mark = text.find('?');
  head.path = text.substr(0, mark);
  head.has_query = mark != std::string_view::npos;
  if (head.has_query) head.query = text.substr(mark + 1);
}

Step judge_absolute(Reading& in, RequestHead& head, TargetAuthority& authority) {
  std::string_view rest = head.target;
  constexpr std::string_view kPlain = "http://";
  constexpr std::string_view kSecure = "https://";
  if (ascii::iequals(rest.substr(0, kPlain.size()), kPlain)) {
    rest.remove_prefix(kPlain.size());
  } else if (ascii::iequals(rest.substr(0, kSecure.size()), kSecure)) {
    rest.remove_prefix(kSecure.size());
    authority.secure = true;
  } else {
    return in.refuse("the request target is neither a path nor an http URI");
  }
  const std::size_t stop = rest.find_first_of("/?");
  authority.text = rest.substr(0, stop);
  if (!parse_authority(authority.text)) return in.refuse("the request target has no valid host");
  rest = stop == std::string_view::npos ? std::string_view{} : rest.substr(stop);
  split_query(rest, head);
  // RFC 9112 3.2.1, 3.2.4: an empty path is "/", and "*" for OPTIONS.
  if (head.path.empty()) head.path = head.method == Method::Options && !head.has_query ? "*" : "/";
  return Step::Done;
}

Step judge_target(Reading& in, RequestHead& head, TargetAuthority& authority) {
  if (head.method == Method::Connect) {
    const auto parsed = parse_authority(head.target);
    if (!parsed || parsed->port.empty()) return in.refuse("CONNECT needs host:port");
    return Step::Done;
  }
  if (head.target.front() == '/') {
    split_query(head.target, head);
    return Step::Done;
  }
  if (head.target == "*") {
    if (head.method != Method::Options) return in.refuse("the target * is for OPTIONS only");
    head.path = head.target;
    return Step::Done;
  }
  return judge_absolute(in, head, authority);
}

}  // namespace

Step read_request_line(Reading& in, const Limits& limits, RequestHead& head, TargetAuthority& target) {
  if (in.at != in.end && *in.at == '\r') {  // RFC 9112 2.2: one empty line before it is tolerated
    if (in.end - in.at < 2) return in.run_out(in.end, Phase::StartLine);
    if (in.at[1] != '\n') return in.refuse("a CR without LF");
    in.at += 2;
  }
  Step step = read_method(in, head);
  if (step == Step::Done) step = read_target(in, limits.uri_max, head);
  if (step == Step::Done) step = read_version(in, head);
  if (step != Step::Done) return step;
  head.start_line_end = in.offset(in.at);
  return judge_target(in, head, target);
}

}  // namespace reeve::http::h1
