// SPDX-License-Identifier: Apache-2.0
// How long a head takes: one in one piece, one that comes byte by byte, an answer, a path, a chunked body.
#include <benchmark/benchmark.h>

#include <string>

#include "http/authority.h"
#include "http/h1/chunked.h"
#include "http/h1/parse.h"
#include "http/path.h"

namespace reeve::http::h1 {
namespace {

constexpr std::string_view kRequest =
    "GET /api/v1/posts/12345?page=2&sort=desc HTTP/1.1\r\n"
    "Host: api.example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
    "Accept: application/json\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Authorization: Bearer rv_live_7Qd2XkPaABCDEFGHIJKLMNOPQRSTUV012345abcdef\r\n"
    "X-Request-Id: 4f5c2d3e-aaaa-bbbb\r\n"
    "Content-Type: application/json\r\n"
    "Connection: keep-alive\r\n"
    "\r\n";

constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\n"
    "Date: Tue, 24 Nov 2026 07:00:00 GMT\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 1024\r\n"
    "Cache-Control: no-cache\r\n"
    "ETag: \"abcdef0123456789\"\r\n"
    "\r\n";

void request(benchmark::State& state) {
  RequestHead head;
  for (auto _ : state) {
    std::uint32_t scanned = 0;
    benchmark::DoNotOptimize(parse_request(kRequest, {}, scanned, head));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kRequest.size()));
  state.counters["head_bytes"] = static_cast<double>(kRequest.size());
}
BENCHMARK(request);

void request_byte_by_byte(benchmark::State& state) {
  const std::string text =
      "GET /" + std::string(static_cast<std::size_t>(state.range(0)) / 2, 'a') +
      " HTTP/1.1\r\nHost: a\r\nX: " + std::string(static_cast<std::size_t>(state.range(0)) / 2, 'b') +
      "\r\n\r\n";
  RequestHead head;
  for (auto _ : state) {
    std::uint32_t scanned = 0;
    for (std::size_t size = 1; size <= text.size(); ++size)
      benchmark::DoNotOptimize(parse_request(std::string_view(text).substr(0, size), {}, scanned, head));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(request_byte_by_byte)->Arg(1024)->Arg(4096)->Arg(16384);

void response(benchmark::State& state) {
  ResponseHead head;
  for (auto _ : state) {
    std::uint32_t scanned = 0;
    benchmark::DoNotOptimize(parse_response(kResponse, {}, scanned, false, head));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kResponse.size()));
}
BENCHMARK(response);

void path_normal(benchmark::State& state) {
  Path path;
  for (auto _ : state) {
    benchmark::DoNotOptimize(normalise("/api/v1/posts/12345/comments", path));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(path_normal);

void path_rewritten(benchmark::State& state) {
  Path path;
  for (auto _ : state) {
    benchmark::DoNotOptimize(normalise("/api//v1/%70osts/./12345/../comments", path));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(path_rewritten);

void host(benchmark::State& state) {
  HostBuffer buffer;
  for (auto _ : state) {
    benchmark::DoNotOptimize(matching_host_of("api.Example.com:8080", buffer));
    benchmark::ClobberMemory();
  }
}
BENCHMARK(host);

void chunks(benchmark::State& state) {
  std::string body;
  for (int i = 0; i < 16; ++i) body += "400\r\n" + std::string(1024, 'x') + "\r\n";
  for (auto _ : state) {
    ChunkedReader reader;
    benchmark::DoNotOptimize(reader.feed(body.data(), body.size()));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}
BENCHMARK(chunks);

}  // namespace
}  // namespace reeve::http::h1
