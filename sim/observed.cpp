// SPDX-License-Identifier: Apache-2.0
#include "sim/observed.h"

namespace reeve::sim {

IpAddress address_of(std::uint64_t connection) {
  return IpAddress::v4({10, static_cast<std::uint8_t>(connection >> 16 & 255),
                        static_cast<std::uint8_t>(connection >> 8 & 255),
                        static_cast<std::uint8_t>(connection & 255)});
}

std::uint64_t connection_of(const IpAddress& address) {
  const std::uint8_t* bytes = address.bytes();
  return std::uint64_t{bytes[1]} << 16 | std::uint64_t{bytes[2]} << 8 | bytes[3];
}

rt::Task<> ObservedHandler::serve(server::Exchange& exchange) {
  const http::FieldLine* named = exchange.head.find(http::FieldId::XRequestId);
  const std::uint64_t connection = connection_of(*exchange.peer.address);
  Tracked* request = nullptr;
  if (named != nullptr)
    request =
        ledger_.serve_begins(exchange.head.value(*named), connection, generation_, exchange.loop.clock());
  if (ClientSide* client = find_client_(connection)) client->serving(request);
  co_await inner_.serve(exchange);
  if (request != nullptr) ledger_.serve_ends(*request, exchange.close || exchange.cancellation.requested());
}

rt::Buffer ObservedHandler::refuse(const Error& error, server::Exchange& partial) {
  ledger_.refusal_begins();
  rt::Buffer answer = inner_.refuse(error, partial);
  ledger_.refusal_ends();
  return answer;
}

}  // namespace reeve::sim
