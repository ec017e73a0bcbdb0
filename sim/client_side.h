// SPDX-License-Identifier: Apache-2.0
// Checks what Reeve writes to one client: every byte belongs to the answer of the request whose turn it is,
// frames it strictly, and carries the content that was made for it. Hangs as Observer at Reeve's end of the
// connection; the client tells it what it sends.
#pragma once

#include <deque>

#include "sim/ledger.h"
#include "sim/stream.h"
#include "sim/wire.h"

namespace reeve::sim {

class ClientSide final : public Observer {
 public:
  ClientSide(Ledger& ledger, std::uint64_t connection) : ledger_(ledger), connection_(connection) {}

  /// The client sends this request next. 0 = what it sends is no request that has an id.
  void expects(std::uint64_t request, std::string method, int minor);

  void wrote(std::string_view bytes) override;
  void took(std::size_t bytes) override;
  void ended(End how) override;

  std::uint64_t connection() const { return connection_; }
  std::uint64_t written() const { return written_; }
  /// Reeve begins with a request of this connection.
  void serving(Tracked* request);
  /// Bytes of the request in service that Reeve has written to an upstream.
  void uploaded(std::uint64_t bytes) { uploaded_ = bytes; }

 private:
  struct Expected {
    std::uint64_t request;
    std::string method;
    int minor;
  };

  void head();
  void judge_fields(const Tracked& request);
  void judge_generation(const Tracked& request);
  void body(std::string_view bytes);
  void message_ended();
  void wrong(Promise promise, std::string_view text);

  Ledger& ledger_;
  std::uint64_t connection_;
  WireReader reader_{WireReader::Role::Answer};
  std::deque<Expected> expected_;
  Tracked* answering_ = nullptr;
  bool made_ = false;  // the answer's content was made by an upstream for this request
  bool last_ = false;  // nothing may follow this answer
  bool interim_ = false;
  std::uint64_t content_ = 0;
  std::uint64_t written_ = 0;
  std::uint64_t taken_ = 0;
  Tracked* serving_ = nullptr;
  std::uint64_t taken_before_ = 0;
  std::uint64_t uploaded_ = 0;
};

}  // namespace reeve::sim
