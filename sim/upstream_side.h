// SPDX-License-Identifier: Apache-2.0
// Checks what Reeve writes to one upstream connection: whole requests in strict framing, one at a time, each
// one that some client has sent, its body that of this client. Hangs as Observer at Reeve's end; the server
// tells when it has answered.
#pragma once

#include <functional>

#include "sim/client_side.h"

namespace reeve::sim {

class UpstreamSide final : public Observer {
 public:
  /// `client` finds the connection that a request came on.
  using FindClient = std::function<ClientSide*(std::uint64_t connection)>;
  UpstreamSide(Ledger& ledger, std::uint64_t link, FindClient client)
      : ledger_(ledger), link_(link), find_client_(std::move(client)) {}

  void wrote(std::string_view bytes) override;
  void took(std::size_t bytes) override;
  void ended(End how) override;

  /// The server has written the last byte of its answer to the present request.
  void answered() { answering_ = false; }
  /// The server has said 101.
  void switched() { tunnel_ = true; }

 private:
  void begins(std::string_view target);
  void head();
  void body(std::string_view bytes);
  void message_ended();
  void wrong(Promise promise, std::string_view text);

  Ledger& ledger_;
  std::uint64_t link_;
  FindClient find_client_;
  WireReader reader_{WireReader::Role::Request};
  Tracked* request_ = nullptr;  // the present one, or the last
  bool begun_ = false;          // the line of the head that is coming has been seen
  bool answering_ = false;
  bool tunnel_ = false;
  std::uint64_t content_ = 0;
  std::uint64_t sent_ = 0;    // of the present request
  std::uint64_t answer_ = 0;  // taken of the answer to it
  std::uint64_t client_written_ = 0;
};

}  // namespace reeve::sim
