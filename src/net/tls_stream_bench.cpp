// SPDX-License-Identifier: Apache-2.0
// What TLS costs above a stream that costs nothing: one request and answer of 1 KB on an open connection
// (both sides in this process; `Raw` is OpenSSL alone with a BIO pair, the floor), a full handshake, a
// resumed one, and the bytes that an idle connection holds on the server's side. Instructions: run one of
// them under `valgrind --tool=callgrind`.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/tls_server.h"
#include "net/tls_ssl.h"
#include "net/tls_stream.h"
#include "rt/loop.h"

namespace reeve::net {
namespace {

// Inline where it can be; a read without bytes waits for deliver().
class Wire final : public rt::Stream {
 public:
  Wire* peer = nullptr;
  std::deque<rt::Buffer> arrived;
  rt::ReadOp* pending = nullptr;

  void deliver() {
    if (pending == nullptr || arrived.empty()) std::abort();
    rt::ReadOp* op = std::exchange(pending, nullptr);
    if (start_read(*op)) op->done(*op);
  }
  bool start_read(rt::ReadOp& op) override {
    if (arrived.empty()) {
      pending = &op;
      return false;
    }
    *op.into = std::move(arrived.front());
    arrived.pop_front();
    op.status = rt::IoStatus::Ok;
    return true;
  }
  bool start_write(rt::WriteOp& op) override {
    for (std::uint8_t i = 0; i < op.list.count; ++i) {
      op.written += op.list.buffers[i].size();
      if (peer != nullptr) peer->arrived.push_back(std::move(op.list.buffers[i]));
    }
    op.list = rt::WriteList();
    op.status = rt::IoStatus::Ok;
    return true;
  }
  void cancel_read() override {}
  void cancel_write() override {}
  bool peer_gone() const override { return false; }
  bool broken() const override { return false; }
  bool quiet() const override { return arrived.empty(); }
  void when_gone(rt::Cancellation*, bool) override {}
  void shutdown_write() override {}
  void reset_on_close() override {}
};

std::string run(const char* command) {
  std::string output;
  FILE* pipe = ::popen(command, "r");
  char bytes[4096];
  for (std::size_t got; (got = ::fread(bytes, 1, sizeof bytes, pipe)) != 0;) output.append(bytes, got);
  ::pclose(pipe);
  return output;
}

const TlsServerSettings& settings() {
  static const TlsServerSettings made = [] {
    const std::string both =
        run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/stdout -subj "
            "/CN=a.test "
            "2>/dev/null");
    return TlsServerSettings{.certificates = {{both, both, {}}}};
  }();
  return made;
}

std::shared_ptr<const TlsServerContext> server_context() {
  static const auto made = TlsServerContext::make(settings(), std::make_shared<TlsTicketKeys>());
  if (!made) std::abort();
  return *made;
}

SSL_CTX* client_context() {
  static const SslContextPtr made = make_ssl_context(TlsRole::Client, TLS1_2_VERSION);
  return made.get();
}

void send(rt::Stream& stream, rt::Buffer bytes) {
  rt::WriteOp op;
  op.list.add(std::move(bytes));
  if (!stream.start_write(op) || op.status != rt::IoStatus::Ok) std::abort();
}
rt::Buffer receive(rt::Stream& stream) {
  rt::Buffer into;
  rt::ReadOp op;
  op.into = &into;
  if (!stream.start_read(op) || op.status != rt::IoStatus::Ok) std::abort();
  return into;
}

struct Connection {
  explicit Connection(rt::Loop& loop) {
    auto server_wire = std::make_unique<Wire>(), client_wire = std::make_unique<Wire>();
    server_wire->peer = client_wire.get();
    client_wire->peer = server_wire.get();
    wire = server_wire.get();
    client_end = client_wire.get();
    server = tls_accept(loop, std::move(server_wire), server_context());
    client = std::make_unique<TlsStream>(loop, SslPtr(SSL_new(client_context())), TlsRole::Client,
                                         std::move(client_wire), nullptr);
    rt::ReadOp server_read;
    rt::WriteOp client_shakes;
    rt::Buffer request;
    server_read.into = &request;
    server_read.done = [](rt::ReadOp&) {};
    client_shakes.done = [](rt::WriteOp&) {};
    if (client->start_write(client_shakes) || server->start_read(server_read)) std::abort();
    client_end->deliver();
    send(*client, rt::Buffer::copy_of("x"));
    wire->deliver();
    send(*server, rt::Buffer::copy_of("y"));
    (void)receive(*client);
  }

  Wire* wire;
  Wire* client_end;
  std::unique_ptr<rt::Stream> server;
  std::unique_ptr<rt::Stream> client;
};

rt::Loop& loop() {
  static rt::Loop made{
      rt::Clock{MonoTime(std::chrono::hours(1)), WallTime(std::chrono::seconds(1'790'000'000))}};
  return made;
}

void BM_TlsEcho(benchmark::State& state) {
  Connection connection(loop());
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::string answer(size, 'a');
  for (auto _ : state) {
    send(*connection.client, rt::Buffer::copy_of(answer));
    for (std::size_t got = 0; got < size;) got += receive(*connection.server).size();
    send(*connection.server, rt::Buffer::copy_of(answer));
    for (std::size_t got = 0; got < size;) got += receive(*connection.client).size();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(2 * size) * state.iterations());
}
BENCHMARK(BM_TlsEcho)->Arg(1024)->Arg(16 * 1024)->Arg(256 * 1024);

// OpenSSL with nothing of ours but the settings.
void BM_RawEcho(benchmark::State& state) {
  const auto chain = crypto::parse_certificates(settings().certificates[0].cert_pem);
  const auto key = crypto::parse_private_key(settings().certificates[0].key_pem);
  const SslContextPtr context = make_ssl_context(TlsRole::Server, TLS1_2_VERSION);
  if (!use_certificate(context.get(), *chain, key->get())) std::abort();
  const SslPtr server(SSL_new(context.get())), client(SSL_new(client_context()));
  BIO *a = nullptr, *b = nullptr;
  BIO_new_bio_pair(&a, 1 << 20, &b, 1 << 20);
  SSL_set_bio(server.get(), a, a);
  SSL_set_bio(client.get(), b, b);
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());
  for (int i = 0; i < 4; ++i) {
    SSL_do_handshake(client.get());
    SSL_do_handshake(server.get());
  }
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::string bytes(size, 'a');
  std::string into(size, ' ');
  const auto pass = [&](SSL* from, SSL* to) {
    std::size_t n = 0;
    for (std::size_t sent = 0; sent < size; sent += n) {
      if (SSL_write_ex(from, bytes.data() + sent, size - sent, &n) != 1) std::abort();
    }
    for (std::size_t got = 0; got < size; got += n) {
      if (SSL_read_ex(to, into.data() + got, size - got, &n) != 1) std::abort();
    }
  };
  for (auto _ : state) {
    pass(client.get(), server.get());
    pass(server.get(), client.get());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(2 * size) * state.iterations());
}
BENCHMARK(BM_RawEcho)->Arg(1024)->Arg(16 * 1024)->Arg(256 * 1024);

void BM_TlsHandshake(benchmark::State& state) {
  for (auto _ : state) Connection connection(loop());
}
BENCHMARK(BM_TlsHandshake);

void BM_TlsIdleBytes(benchmark::State& state) {
  constexpr std::size_t kCount = 1000;
  {
    const Connection warm_up(loop());
  }
  for (auto _ : state) {
    std::vector<std::unique_ptr<rt::Stream>> idle;
    idle.reserve(kCount);
    const std::size_t before = ::mallinfo2().uordblks;
    for (std::size_t i = 0; i < kCount; ++i) {
      Connection connection(loop());
      connection.wire->peer = connection.client_end->peer = nullptr;
      idle.push_back(std::move(connection.server));
    }
    state.counters["bytes"] = static_cast<double>(::mallinfo2().uordblks - before) / kCount;
  }
}
BENCHMARK(BM_TlsIdleBytes)->Iterations(1);

}  // namespace
}  // namespace reeve::net
