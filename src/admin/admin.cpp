// SPDX-License-Identifier: Apache-2.0
// Judged in this order: path (so that an open resource needs nothing else), host, method, token, query, body.
// Path and method come before the token because openapi.json tells them anyway; nothing else does.
#include "admin/admin.h"

#include <fmt/format.h>

#include "admin/access.h"
#include "json/writer.h"

namespace reeve::admin {

namespace {

explain::Document unauthorised(TokenCheck found) {
  const bool missing = found == TokenCheck::Missing;
  explain::Document document;
  document.code = missing ? "credential-missing" : "credential-unknown";
  document.check = "credential";
  document.status = 401;
  document.title = missing ? "The admin token is missing" : "The admin token is wrong";
  document.detail = missing ? "The admin API needs a token and the request carries none."
                            : "The Authorization field does not carry this gateway's admin token.";
  document.fix =
      "Send 'Authorization: Bearer' with the content of admin.token in the gateway's data folder; the "
      "reeve command does so by itself.";
  return document;
}

Answer unauthorised_answer(TokenCheck found) {
  Answer answer = problem(unauthorised(found));
  answer.fields.emplace_back("WWW-Authenticate", found == TokenCheck::Missing
                                                     ? R"(Bearer realm="reeve")"
                                                     : R"(Bearer realm="reeve", error="invalid_token")");
  return answer;
}

/// `/v1/decisions/` stands for one segment more.
bool is_at(const Resource& resource, std::string_view path) {
  if (!resource.path.ends_with('/')) return resource.path == path;
  return path.size() > resource.path.size() && path.starts_with(resource.path) &&
         path.find('/', resource.path.size()) == std::string_view::npos;
}

bool takes(const Resource& resource, const http::RequestHead& head) {
  return head.method_text == resource.method ||
         (head.method == http::Method::Head && resource.method == "GET");
}

Answer wrong_method(std::string_view path) {
  std::string allow;
  std::string listed;
  json::Writer json(listed);
  json.begin_array();
  for (const Resource& resource : resources()) {
    if (!is_at(resource, path)) continue;
    const bool get = resource.method == "GET";
    allow += fmt::format("{}{}{}", allow.empty() ? "" : ", ", resource.method, get ? ", HEAD" : "");
    json.string(resource.method);
    if (get) json.string("HEAD");
  }
  json.end_array();
  const explain::Member member[] = {{"allow", listed}};
  Answer answer = problem({.code = Code::MethodNotAllowed, .members = member});
  answer.fields.emplace_back("Allow", allow);
  return answer;
}

}  // namespace

const Resource* Admin::find(const server::Exchange& exchange, Answer& refusal) const {
  const http::RequestHead& head = exchange.head;
  const Resource* found = nullptr;
  bool path_known = false;
  bool open = false;
  for (const Resource& resource : resources()) {
    if (!is_at(resource, head.path)) continue;
    path_known = true;
    open = open || resource.open;
    if (takes(resource, head)) found = &resource;
  }
  if (!open && !host_is_ours(head.authority, address_)) {
    refusal = problem(
        {.code = Code::MisdirectedRequest,
         .detail = "The admin API answers only under its own address, so that no web page can reach it "
                   "under a name of its own.",
         .fix = "Address it by the IP address that run.json tells under admin, or by localhost."});
    return nullptr;
  }
  if (!path_known) {
    refusal = problem({.code = Code::RouteNotFound,
                       .detail = "The admin API has no such resource.",
                       .fix = "Read /openapi.json for what there is."});
    return nullptr;
  }
  if (found == nullptr) {
    refusal = wrong_method(head.path);
    return nullptr;
  }
  if (found->open) return found;
  if (const TokenCheck token = check_token(head, token_); token != TokenCheck::Accepted) {
    refusal = unauthorised_answer(token);
    return nullptr;
  }
  if (!head.query.empty()) {
    refusal = problem({.code = Code::RequestMalformed,
                       .detail = "This resource takes no query parameters.",
                       .fix = "Leave the query out."});
    return nullptr;
  }
  return found;
}

rt::Task<bool> Admin::read_body(server::Exchange& exchange, std::size_t max, std::string& body,
                                Answer& refusal) {
  exchange::H1Reader& reader = exchange.reader;
  if (reader.body_done()) co_return true;
  const auto too_large = [&] {
    exchange.close = true;
    return problem(
        {.code = Code::BodyTooLarge, .detail = fmt::format("This resource reads at most {} bytes.", max)});
  };
  if (reader.length_known() && reader.left() > max) {
    refusal = too_large();
    co_return false;
  }
  if (exchange.expect_pending) {
    exchange.expect_pending = false;
    const rt::IoStatus sent =
        co_await exchange.stream.write(rt::WriteList(rt::Buffer::copy_of("HTTP/1.1 100 Continue\r\n\r\n")),
                                       exchange.loop.now(), exchange.body_idle);
    if (sent != rt::IoStatus::Ok) {
      refusal = problem({.code = Code::RequestTimeout});
      exchange.close = true;
      co_return false;
    }
  }
  if (reader.coding() == exchange::Coding::Chunked) reader.decode_chunks();
  for (bool last = false; !last;) {
    const Result<exchange::Part> part =
        co_await reader.read(rt::Deadline::after(exchange.loop.now(), exchange.body_idle));
    if (!part) {
      refusal = problem({.code = part.error().code, .context = part.error().context});
      exchange.close = true;
      co_return false;
    }
    if (body.size() + part->bytes.size() > max) {
      refusal = too_large();
      co_return false;
    }
    body.append(part->bytes.view());
    last = part->last;
  }
  co_return true;
}

rt::Task<> Admin::serve(server::Exchange& exchange) {
  Answer answer;
  if (const Resource* resource = find(exchange, answer)) {
    Call call{surroundings_, exchange.head, {}};
    const bool complete = co_await read_body(exchange, resource->body_max, call.body, answer);
    if (complete) answer = co_await resource->answer(call);
  }
  const bool keep = exchange.keeps_alive();
  if (!keep) exchange.close = true;
  const rt::IoStatus sent = co_await exchange.stream.write(rt::WriteList(to_bytes(answer, exchange, keep)),
                                                           exchange.loop.now(), exchange.body_idle);
  if (sent != rt::IoStatus::Ok) exchange.close = true;
}

rt::Buffer Admin::refuse(const Error& error, server::Exchange& partial) {
  return to_bytes(problem({.code = error.code, .context = error.context}), partial, false);
}

}  // namespace reeve::admin
