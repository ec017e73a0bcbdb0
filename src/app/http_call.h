// SPDX-License-Identifier: Apache-2.0
// One blocking HTTP request of the CLI to a gateway's admin address: connect, ask, read the answer, close.
// Plain HTTP over TCP or a Unix socket; bounded in time and size. Not for the gateway itself.
#pragma once

#include <expected>
#include <string>

namespace reeve::app {

struct HttpCall {
  std::string address;  ///< `http://host:port`, `host:port`, `[v6]:port` or `unix:/path`
  std::string method;
  std::string path;
  std::string token;  ///< empty = no Authorization
  std::string body;   ///< JSON; empty = none
};

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// The error says what went wrong and with whom.
std::expected<HttpAnswer, std::string> call(const HttpCall& call);

}  // namespace reeve::app
