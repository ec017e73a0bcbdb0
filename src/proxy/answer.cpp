// SPDX-License-Identifier: Apache-2.0
// Answers that need no upstream: the listener's redirect to https, OPTIONS * and preflights, and the routes'
// own redirect and respond.
#include <variant>

#include "base/ascii.h"
#include "policy/cors.h"
#include "policy/facts.h"
#include "proxy/answer_head.h"
#include "proxy/header_edits.h"
#include "proxy/steps.h"
#include "proxy/uri_text.h"

namespace reeve::proxy {

namespace {

/// Head and body of an answer in one buffer; `fields` writes what is special about it.
template <class Fields>
void answer(Request& r, std::uint16_t status, std::string_view type, std::string_view body, std::size_t room,
            Fields&& fields) {
  rt::Buffer buffer = rt::Buffer::with_room(kAnswerHeadRoom + room + body.size());
  http::HeadWriter out(buffer.tail(), buffer.tail_room());
  begin_answer(r, status, out);
  fields(out);
  write_cors(r, out);
  // RFC 9110 8.6: no Content-Length on 204; RFC 9110 15.4.5: a 304 has no body, its length would be
  // another's.
  const bool bodyless = status == 204 || status == 304;
  if (bodyless) {
    out.end();
  } else {
    end_answer(body.empty() ? std::string_view{} : type, body.size(), out);
  }
  buffer.grew(out.size());
  if (!bodyless && r.head().method != http::Method::Head) {
    buffer.append(body);
    r.bytes_out = body.size();
  }
  r.answer = std::move(buffer);
  r.head_sent = true;
}

void redirect(Request& r, const policy::Redirect& to) {
  std::string text;
  policy::render(to.to, r, text);
  if (r.has_query() && !to.to_has_query) {
    text += '?';
    text += r.query();
  }
  const std::string location = encode_uri(text);
  const RenderedEdits edits(r.route->response_headers, r);
  answer(r, to.status, {}, {}, location.size() + edits.room(), [&](http::HeadWriter& out) {
    out.field("Location", location);
    edits.write(out);
  });
}

void respond(Request& r, const policy::Respond& with) {
  std::string body;
  policy::render(with.body, r, body);
  const RenderedEdits edits(r.route->response_headers, r);
  std::size_t room = edits.room();
  bool typed = edits.drops("content-type");
  for (const auto& [name, value] : with.headers) {
    room += name.size() + value.size() + 4;
    typed = typed || ascii::iequals(name, "content-type");
  }
  answer(r, with.status, typed ? std::string_view{} : "text/plain; charset=utf-8", body, room,
         [&](http::HeadWriter& out) {
           for (const auto& [name, value] : with.headers)
             if (!edits.drops(name)) out.field(name, value);
           edits.write(out);
         });
}

}  // namespace

bool answer_https_redirect(Request& r) {
  const std::size_t listener = r.exchange.peer.listener;
  if (listener >= r.snapshot.listeners.size() || !r.snapshot.listeners[listener].redirect_to_https)
    return false;
  if (r.host.empty()) return false;  // HTTP/1.0 without Host: there is no name to send it to
  const std::string location =
      encode_uri("https://" + std::string(r.host) + std::string(r.head().path) +
                 (r.head().has_query ? "?" + std::string(r.head().query) : std::string()));
  answer(r, 308, {}, {}, location.size(), [&](http::HeadWriter& out) { out.field("Location", location); });
  return true;
}

Result<bool> answer_options_or_preflight(Request& r) {
  if (r.head().method != http::Method::Options) return false;
  if (r.head().path == "*") {
    answer(r, 204, {}, {}, 0, [](http::HeadWriter&) {});
    return true;
  }
  const http::FieldLine* origin = r.head().find(http::FieldId::Origin);
  const http::FieldLine* method = r.head().find(http::FieldId::AccessControlRequestMethod);
  if (!r.snapshot.any_cors || origin == nullptr || method == nullptr) return false;
  if (take_path(r) != http::PathFlaw::None) return false;  // find_route says what is wrong with it
  policy::RouteMatch match;
  r.snapshot.route_table.find(r.host, r.path, r.head(), r.head().value(*method), r.snapshot.routes, match);
  if (match.kind == policy::RouteMatch::Kind::NoRoute) return false;
  const policy::Route& route = r.snapshot.routes[match.route];
  if (!route.cors || route.hidden) return false;
  policy::RouteMatch judged;  // a method that is not there is no refusal of a preflight
  judged.kind = policy::RouteMatch::Kind::Found;
  judged.route = match.route;
  policy::add_match(r.facts, judged, r.path);
  policy::Decision decision;
  policy::decide(r.snapshot, r.facts, decision);
  for (const Check check : {Check::Request, Check::GlobalNetwork, Check::RouteNetwork}) {
    if (decision[check].result != policy::CheckResult::Fail) continue;
    r.route = &route;
    r.cors = &*route.cors;
    r.decision[check] = decision[check];
    r.decision.route = decision.route;
    return std::unexpected(refusal_by(r, check));
  }

  const http::FieldLine* wanted = r.head().find(http::FieldId::AccessControlRequestHeaders);
  policy::PreflightFields fields;
  if (match.kind != policy::RouteMatch::Kind::NoMethod)
    fields = policy::preflight(*route.cors, route.methods, r.head().value(*origin), r.head().value(*method),
                               wanted == nullptr ? std::string_view{} : r.head().value(*wanted));
  r.route = &route;
  const std::size_t room =
      fields.allow_methods.size() + fields.allow_headers.size() + fields.allow_origin.size();
  answer(r, 204, {}, {}, room, [&](http::HeadWriter& out) {
    out.field("Vary", policy::PreflightFields::kVary);
    if (!fields.allowed) return;
    out.field("Access-Control-Allow-Origin", fields.allow_origin);
    out.field("Access-Control-Allow-Methods", fields.allow_methods);
    if (!fields.allow_headers.empty()) out.field("Access-Control-Allow-Headers", fields.allow_headers);
    if (fields.credentials) out.field("Access-Control-Allow-Credentials", "true");
    if (fields.max_age) out.field("Access-Control-Max-Age", *fields.max_age);
  });
  return true;
}

bool answer_by_route(Request& r) {
  if (const auto* to = std::get_if<policy::Redirect>(&r.route->destination)) {
    redirect(r, *to);
    return true;
  }
  if (const auto* with = std::get_if<policy::Respond>(&r.route->destination)) {
    respond(r, *with);
    return true;
  }
  return false;
}

}  // namespace reeve::proxy
