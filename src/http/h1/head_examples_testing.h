// SPDX-License-Identifier: Apache-2.0
// Heads that the tests of h1/ share, and a text that says everything a parse found out: two results are the
// same when their texts are. Header only, for tests and fuzz targets.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/h1/parse.h"

namespace reeve::http::h1 {

inline std::string describe_fields(const Head& head) {
  std::string text =
      fmt::format(" size={} line={} minor={} body={} keep={} length={}\n", head.size, head.start_line_end,
                  head.minor, static_cast<int>(head.body), head.keep_alive, head.content_length);
  for (const FieldLine& f : head.fields)
    text += fmt::format("  [{}-{}] {}={} id={} under={} hop={}\n", f.begin, f.end, head.name(f),
                        head.value(f), static_cast<int>(f.id), f.underscore, f.hop_by_hop);
  return text;
}

inline std::string describe_state(const Parsed& parsed) {
  switch (parsed.state) {
    case ParseState::Complete:
      return "complete";
    case ParseState::Incomplete:
      return "incomplete";
    case ParseState::Refused:
      return fmt::format("refused {} ({})", facts(parsed.refusal).name, parsed.context);
  }
  return "?";
}

/// Parses growing prefixes of one head, each in memory of its own, until one gives a result.
template <class Parse>
std::string read_growing(const std::vector<std::string>& prefixes, Parse&& parse) {
  std::uint32_t scanned = 0;
  std::string result;
  for (const std::string& prefix : prefixes) {
    // An exact copy, so that the sanitizer sees a read behind the end.
    const auto bytes = std::make_unique<char[]>(prefix.size());
    prefix.copy(bytes.get(), prefix.size());
    result = parse(std::string_view(bytes.get(), prefix.size()), scanned);
    if (result != "incomplete") break;
  }
  return result;
}

inline std::string read_request(const std::vector<std::string>& prefixes, const Limits& limits = {}) {
  RequestHead head;
  return read_growing(prefixes, [&](std::string_view bytes, std::uint32_t& scanned) {
    const Parsed parsed = parse_request(bytes, limits, scanned, head);
    if (parsed.state == ParseState::Incomplete) return describe_state(parsed);
    return describe_state(parsed) +
           fmt::format(" {}:{} target={} path={} query={}:{} authority={} expect={} upgrade={}",
                       static_cast<int>(head.method), head.method_text, head.target, head.path,
                       head.has_query, head.query, head.authority, head.expect_continue, head.upgrade) +
           describe_fields(head);
  });
}

inline std::string read_response(const std::vector<std::string>& prefixes, const Limits& limits = {},
                                 bool to_head = false) {
  ResponseHead head;
  return read_growing(prefixes, [&](std::string_view bytes, std::uint32_t& scanned) {
    const Parsed parsed = parse_response(bytes, limits, scanned, to_head, head);
    if (parsed.state == ParseState::Incomplete) return describe_state(parsed);
    return describe_state(parsed) +
           fmt::format(" {} {} timeout={}", head.status, head.reason, head.keep_alive_timeout) +
           describe_fields(head);
  });
}

inline std::string read_trailers(const std::vector<std::string>& prefixes, std::uint32_t max = 32 * 1024) {
  Head head;
  return read_growing(prefixes, [&](std::string_view bytes, std::uint32_t& scanned) {
    const Parsed parsed = parse_trailers(bytes, max, scanned, head);
    if (parsed.state == ParseState::Incomplete) return describe_state(parsed);
    return describe_state(parsed) + describe_fields(head);
  });
}

inline std::vector<std::string> example_requests() {
  return {
      "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
      "\r\nGET /a/b?c=d HTTP/1.1\r\nHost: example.com:8080\r\nAccept: */*\r\nX_Odd: 1\r\n\r\nnext",
      "POST /posts HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nConnection: close, X-Hop\r\nx-hop:\t 1 "
      "\t\r\n\r\n",
      "GET http://Example.com:80/x HTTP/1.1\r\nHost: example.com\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
      "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n",
      "GET / HTTP/1.0\r\n\r\n",
      "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\nVia: 1.1 x\r\nReeve-Key: k\r\nReeve-Tag: "
      "t\r\nEmpty:\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.10\r\nHost: a\r\n\r\n",
      "GET /\r\n\r\n",
      "GET / HTTP/1.1\nHost: a\n\n",
      "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
  };
}

inline std::vector<std::string> example_responses() {
  return {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain\r\n\r\nhello",
      "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/1.1 204 \r\n\r\n",
      "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.0 200 Fine thing\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5, max=100\r\n\r\nuntil the "
      "end",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n",
      "HTTP/1.1 600 What\r\n\r\n",
      "HTTP/1.1 99 What\r\n\r\n",
      "HTTP/2.0 200 OK\r\n\r\n",
      "SSH-2.0-OpenSSH_9.2\r\n",
      "HTTP/1.1 200 OK\nContent-Length: 5\n\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
      "HTTP/1.1 200 O\x01K\r\n\r\n",
  };
}

inline std::vector<std::string> example_trailers() {
  return {
      "\r\n",
      "Expires: never\r\nX_a: 1\r\n\r\nGET",
      "grpc-status: 0\r\n\r\n",
      "a: b\n\n",
      "a : b\r\n\r\n",
      " folded\r\n\r\n",
      "\rX",
      ": no name\r\n\r\n",
  };
}

}  // namespace reeve::http::h1
