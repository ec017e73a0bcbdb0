// SPDX-License-Identifier: Apache-2.0
// For the tests of tls_*: both sides of a TLS connection over memory streams on one virtual loop, and tasks
// that read and write them. Not part of the program.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "net/tls_client.h"
#include "net/tls_server.h"
#include "net/tls_ssl.h"
#include "net/tls_stream.h"
#include "rt/scope.h"
#include "tests/support/memory_stream.h"
#include "tests/support/test_loop.h"
#include "tests/support/tls_fixture.h"

namespace reeve::net {

using rt::Buffer;
using rt::Deadline;
using rt::IoStatus;
using rt::Task;
using rt::WriteList;
using Connected = rt::IoResult<std::unique_ptr<rt::Stream>>;

/// Does blocking work on the spot.
struct InlineOffload final : rt::Offload {
  Task<IoStatus> run(std::move_only_function<void()> work) override {
    ++runs;
    work();
    co_return IoStatus::Ok;
  }
  int runs = 0;
};

inline const reeve::test::TestAuthority& authority() {
  static const reeve::test::TestAuthority made;
  return made;
}
inline const reeve::test::TlsIdentity& server_identity() {
  static const reeve::test::TlsIdentity made =
      authority().issue({.common_name = "server", .dns_names = {"a.test"}, .addresses = {"10.0.0.1"}});
  return made;
}

inline TlsServerSettings server_settings() {
  return {.certificates = {{server_identity().cert_pem, server_identity().key_pem, {}}}};
}
inline std::shared_ptr<const TlsServerContext> server_context(
    const TlsServerSettings& settings = server_settings(),
    std::shared_ptr<TlsTicketKeys> keys = std::make_shared<TlsTicketKeys>()) {
  auto made = TlsServerContext::make(settings, std::move(keys));
  if (!made) ADD_FAILURE() << made.error();
  return std::move(*made);
}
inline rt::TlsClientSettings client_settings() {
  return {.ca_pem = authority().ca_pem()};
}

inline Task<IoStatus> read_some(rt::Stream& stream, Buffer& into, Deadline deadline = Deadline::never()) {
  co_return co_await stream.read(into, deadline);
}
inline Task<IoStatus> write_text(rt::Stream& stream, std::string text,
                                 Deadline deadline = Deadline::never()) {
  co_return co_await stream.write(WriteList(Buffer::copy_of(text)), deadline);
}
/// Reads until `size` bytes are there; the status of the read that failed, else Ok.
inline Task<IoStatus> read_bytes(rt::Stream& stream, std::string& into, std::size_t size,
                                 Deadline deadline = Deadline::never()) {
  while (into.size() < size) {
    Buffer piece;
    const IoStatus status = co_await stream.read(piece, deadline);
    if (status != IoStatus::Ok) co_return status;
    into += piece.view();
  }
  co_return IoStatus::Ok;
}
/// Reads until reading ends; how it ended.
inline Task<IoStatus> read_to_end(rt::Stream& stream, std::string& into) {
  co_return co_await read_bytes(stream, into, SIZE_MAX);
}
template <class T>
Task<> keep_result(Task<T> task, std::reference_wrapper<std::optional<T>> result) {
  result.get().emplace(co_await task);
}

/// `loop` and the wires outlive the streams; call connect() or make the two sides by hand.
struct TlsPair {
  reeve::test::TestLoop loop;
  InlineOffload offload;
  reeve::test::MemoryStream* server_wire = nullptr;
  reeve::test::MemoryStream* client_wire = nullptr;
  std::unique_ptr<rt::Stream> server;
  std::unique_ptr<rt::Stream> client;
  std::unique_ptr<rt::Stream> plain_client;  ///< until the client side is made
  IoStatus server_status = IoStatus::Ok;     ///< of the server's handshake
  IoStatus client_status = IoStatus::Ok;

  explicit TlsPair(std::shared_ptr<const TlsServerContext> context = server_context()) {
    reeve::test::MemoryPair wires = reeve::test::make_memory_pair(loop);
    server_wire = wires.a.get();
    client_wire = wires.b.get();
    server = tls_accept(loop, std::move(wires.a), std::move(context));
    plain_client = std::move(wires.b);
  }
  ~TlsPair() {
    client.reset();
    plain_client.reset();
    server.reset();
    loop.settle();
  }
  TlsPair(const TlsPair&) = delete;
  TlsPair& operator=(const TlsPair&) = delete;

  /// Both handshakes; true if both were Ok.
  bool connect(rt::TlsClientContext& context, const std::string& name = "a.test",
               rt::Cancellation* cancellation = nullptr) {
    return shake(
        tls_connect(loop, offload, std::move(plain_client), context, name, patience(), cancellation));
  }
  bool connect() {
    trusting = make_tls_client_context(client_settings());
    return connect(*trusting);
  }
  bool shake(Task<Connected> client_side) {
    std::optional<IoStatus> served;
    std::optional<Connected> connected;
    rt::Scope scope;
    scope.spawn(keep_result<IoStatus>, write_text(*server, "", patience()), std::ref(served));
    scope.spawn(keep_result<Connected>, std::move(client_side), std::ref(connected));
    loop.run_until([&] { return scope.running() == 0; });
    client_status = !connected ? IoStatus::Failed : *connected ? IoStatus::Ok : connected->error();
    if (client_status == IoStatus::Ok) client = std::move(**connected);
    server_status = served.value_or(IoStatus::Failed);
    return client_status == IoStatus::Ok && server_status == IoStatus::Ok;
  }
  /// The client by hand: its SSL object, made ready by the test.
  bool shake_with(SslPtr ssl) {
    auto made =
        std::make_unique<TlsStream>(loop, std::move(ssl), TlsRole::Client, std::move(plain_client), nullptr);
    return shake(by_hand(std::move(made), patience()));
  }
  Deadline patience() const { return Deadline::after(loop.now(), std::chrono::seconds(2)); }
  static Task<Connected> by_hand(std::unique_ptr<rt::Stream> stream, Deadline deadline) {
    const IoStatus status = co_await stream->write(WriteList(), deadline);
    if (status != IoStatus::Ok) co_return std::unexpected(status);
    co_return stream;
  }
  std::shared_ptr<rt::TlsClientContext> trusting;  ///< what connect() uses
};

inline std::string pattern(std::size_t size) {
  std::string text(size, ' ');
  std::uint32_t state = 1;
  for (char& c : text) c = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  return text;
}

}  // namespace reeve::net
