// SPDX-License-Identifier: Apache-2.0
#include "sim/client_side.h"

#include <fmt/format.h>

#include "sim/bodies.h"

namespace reeve::sim {

void ClientSide::expects(std::uint64_t request, std::string method, int minor) {
  expected_.push_back({request, std::move(method), minor});
}

void ClientSide::wrong(Promise promise, std::string_view text) {
  const std::uint64_t id = answering_ != nullptr ? answering_->id : 0;
  ledger_.violation(promise,
                    fmt::format("to the client of connection {}, answer to r{}: {}", connection_, id, text));
}

void ClientSide::wrote(std::string_view bytes) {
  written_ += bytes.size();
  if (last_ && !bytes.empty() && reader_.between())
    return wrong(Promise::Framing, "bytes behind the last answer");
  while (!ledger_.violated()) {
    if (reader_.between()) reader_.answers_to(expected_.empty() ? "GET" : expected_.front().method);
    switch (reader_.next(bytes)) {
      case WireReader::Event::More:
        return;
      case WireReader::Event::Head:
        head();
        break;
      case WireReader::Event::Body:
        body(reader_.body());
        break;
      case WireReader::Event::Tunnel:
        body(reader_.body());
        break;
      case WireReader::Event::End:
        message_ended();
        break;
      case WireReader::Event::Broken:
        return wrong(Promise::Framing, reader_.flaw());
    }
  }
}

void ClientSide::head() {
  const WireHead& head = reader_.head();
  if (expected_.empty())
    return wrong(Promise::Framing, fmt::format("an answer ({}) nobody waits for", head.status));
  const Expected& expected = expected_.front();
  answering_ = ledger_.find(expected.request);
  interim_ = head.status < 200 && head.status != 101;
  if (head.minor != 1) wrong(Promise::Framing, "an answer of version 1.0");
  if (interim_) {
    if (expected.minor == 0) wrong(Promise::Framing, "an interim answer to HTTP/1.0");
    return;
  }
  content_ = 0;
  made_ = head.find("x-sim-id") != nullptr;
  last_ = !(expected.minor == 0 ? head.has_option("keep-alive") : !head.has_option("close"));
  if (expected.minor == 0 && head.find("transfer-encoding") != nullptr)
    wrong(Promise::Framing, "Transfer-Encoding to HTTP/1.0");
  if (expected.minor == 1 && reader_.until_close())
    wrong(Promise::Framing, "an answer without framing to HTTP/1.1");
  if (answering_ == nullptr) {
    if (made_) wrong(Promise::NothingMixed, "somebody's answer to what is no request");
    if (head.status < 400) wrong(Promise::Framing, fmt::format("{} to what is no request", head.status));
    return;
  }
  ledger_.answered(*answering_, head.status);
  judge_fields(*answering_);
  judge_generation(*answering_);
}

void ClientSide::judge_fields(const Tracked& request) {
  const WireHead& head = reader_.head();
  const std::string id = id_text(request.id);
  // A head that did not come whole is refused under a name of its own.
  const bool refused_unread = request.serves == 0 && head.status >= 400;
  if (const std::string* named = head.find("x-request-id");
      named != nullptr && *named != id && !refused_unread)
    wrong(Promise::NothingMixed, fmt::format("X-Request-Id {} instead of {}", *named, id));
  if (made_ && head.value("x-sim-id") != id)
    wrong(Promise::NothingMixed, fmt::format("the answer to {} instead of {}", head.value("x-sim-id"), id));
  const std::string origin = head.value("reeve-origin");
  if (origin != (made_ ? "upstream" : "gateway"))
    wrong(Promise::NothingMixed, fmt::format("Reeve-Origin '{}', but it was made {}", origin,
                                             made_ ? "by an upstream" : "by nobody else"));
  if (head.find("keep-alive") != nullptr || head.find("x-sim-hop") != nullptr)
    wrong(Promise::Framing, "a field of the hop behind has passed");
  if (head.status == 101 && !request.websocket) wrong(Promise::Framing, "101 to a request that did not ask");
}

void ClientSide::judge_generation(const Tracked& request) {
  const WireHead& head = reader_.head();
  const std::string* a = head.find("x-gen-a");
  if (a == nullptr && !made_) return;  // a refusal: the route's edits do not apply
  if (head.status == 101) return;      // nor here
  const std::string expected = std::to_string(request.generation);
  const std::string b = head.value("x-gen-b");
  const std::string up = made_ ? head.value("x-sim-gen") : expected;
  if (a == nullptr || *a != expected || b != expected || up != expected)
    wrong(Promise::OneGeneration,
          fmt::format("began under generation {}, its edits are of {}, {}, towards the "
                      "upstream {}",
                      expected, a == nullptr ? "none" : *a, b, up));
}

void ClientSide::body(std::string_view bytes) {
  if (made_ && answering_ != nullptr && !is_body_piece(Way::Down, answering_->id, content_, bytes))
    wrong(Promise::NothingMixed,
          fmt::format("foreign or damaged content within {} bytes from {}", bytes.size(), content_));
  content_ += bytes.size();
}

void ClientSide::message_ended() {
  if (interim_ || expected_.empty()) return;  // one too many is wrong already, see head()
  const WireHead& head = reader_.head();
  const bool bodyless = expected_.front().method == "HEAD" || head.status == 204 || head.status == 304;
  if (made_ && !bodyless && head.value("x-sim-length") != std::to_string(content_))
    wrong(Promise::NoFalseEnd,
          fmt::format("ends in order after {} bytes of {}", content_, head.value("x-sim-length")));
  expected_.pop_front();
  answering_ = nullptr;
}

void ClientSide::took(std::size_t bytes) {
  taken_ += bytes;
  if (serving_ == nullptr || !serving_->in_service()) return;
  const std::uint64_t came = taken_ - taken_before_;
  if (came > uploaded_ + kHeldMax)
    wrong(Promise::Bounded,
          fmt::format("{} bytes read of r{}'s body, {} sent on", came, serving_->id, uploaded_));
}

void ClientSide::serving(Tracked* request) {
  serving_ = request;
  taken_before_ = taken_;
  uploaded_ = 0;
}

void ClientSide::ended(End how) {
  if (how == End::Reset) return;
  if (reader_.until_close() && reader_.finish() == WireReader::Event::End) message_ended();
}

}  // namespace reeve::sim
