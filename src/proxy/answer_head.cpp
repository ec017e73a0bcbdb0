// SPDX-License-Identifier: Apache-2.0
#include "proxy/answer_head.h"

#include "policy/cors.h"
#include "proxy/steps.h"

namespace reeve::proxy {

void begin_answer(Request& r, std::uint16_t status, http::HeadWriter& out) {
  const bool keep = r.exchange.keeps_alive();
  if (!keep) r.exchange.close = true;
  r.status = status;
  r.origin = telemetry::Origin::Gateway;
  out.status_line(status);
  out.field("Date", r.gateway.date());
  out.field("Reeve-Origin", "gateway");
  out.field("Reeve-Decision", sealed(r, status));
  if (!r.request_id.empty()) out.field("X-Request-Id", r.request_id);
  write_connection(r, keep, out);
  write_rate_limits(r, status, out);
}

void end_answer(std::string_view type, std::size_t length, http::HeadWriter& out) {
  if (!type.empty()) out.field("Content-Type", type);
  out.field("Content-Length", length);
  out.end();
}

void write_connection(const Request& r, bool keep, http::HeadWriter& out) {
  if (!keep) {
    out.raw("Connection: close\r\n");
  } else if (r.head().minor == 0) {
    out.raw("Connection: keep-alive\r\n");
  }
}

void write_cors(const Request& r, http::HeadWriter& out) {
  if (r.cors == nullptr) return;
  const http::FieldLine* origin = r.head().find(http::FieldId::Origin);
  const policy::CorsFields fields =
      policy::cors_fields(*r.cors, origin == nullptr ? std::string_view{} : r.head().value(*origin));
  if (fields.vary_origin) out.field("Vary", "Origin");
  if (!fields.listed) return;
  out.field("Access-Control-Allow-Origin", fields.allow_origin);
  if (fields.credentials) out.field("Access-Control-Allow-Credentials", "true");
  out.field("Access-Control-Expose-Headers", fields.expose);
}

}  // namespace reeve::proxy
