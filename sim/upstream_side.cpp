// SPDX-License-Identifier: Apache-2.0
#include "sim/upstream_side.h"

#include <fmt/format.h>

#include "sim/bodies.h"

namespace reeve::sim {

void UpstreamSide::wrong(Promise promise, std::string_view text) {
  const std::uint64_t id = request_ != nullptr ? request_->id : 0;
  ledger_.violation(promise, fmt::format("to the upstream on link {}, request r{}: {}", link_, id, text));
}

void UpstreamSide::wrote(std::string_view bytes) {
  sent_ += bytes.size();
  // Between two requests, the last one's client has nothing to do with these bytes.
  if (request_ != nullptr && (begun_ || tunnel_))
    if (ClientSide* client = find_client_(request_->connection)) client->uploaded(sent_);
  if (tunnel_) return body(bytes);
  while (!ledger_.violated()) {
    switch (reader_.next(bytes)) {
      case WireReader::Event::More:
        // Something of it has been delivered once its line is complete, whatever becomes of the rest.
        if (!begun_ && reader_.in_head())
          if (const std::size_t end = reader_.partial().find("\r\n"); end != std::string_view::npos)
            begins(reader_.partial().substr(0, end));
        return;
      case WireReader::Event::Head:
        head();
        break;
      case WireReader::Event::Body:
        body(reader_.body());
        break;
      case WireReader::Event::End:
        message_ended();
        break;
      case WireReader::Event::Tunnel:
        break;
      case WireReader::Event::Broken:
        return wrong(Promise::Framing, reader_.flaw());
    }
    if (tunnel_) return body(std::exchange(bytes, {}));
  }
}

// The target is `/<route>/r<id>?…`.
void UpstreamSide::begins(std::string_view line) {
  std::string_view target = line.substr(line.find(' ') + 1);
  target = target.substr(0, target.find_first_of("? "));
  begun_ = true;
  request_ = nullptr;
  if (target == "/healthz") return;
  Tracked* request = ledger_.find(target.substr(target.rfind('/') + 1));
  if (request == nullptr)
    return wrong(Promise::NothingMixed, fmt::format("a request that no client has sent: {}", line));
  request_ = request;
  if (answering_) wrong(Promise::NothingMixed, "sent while the answer to another is still coming");
  answer_ = content_ = 0;
  ledger_.arrives(*request);
  if (const ClientSide* client = find_client_(request->connection)) client_written_ = client->written();
}

void UpstreamSide::head() {
  const WireHead& head = reader_.head();
  if (!begun_) begins(head.method + " " + head.target + " ");
  if (request_ == nullptr) return;
  const std::string id = id_text(request_->id);
  if (head.value("x-request-id") != id || head.value("x-sim-id") != id || head.method != request_->method)
    wrong(Promise::NothingMixed, fmt::format("fields of {}, {} under {} {}", head.value("x-request-id"),
                                             head.value("x-sim-id"), head.method, head.target));
  if (head.value("x-gen-up") != std::to_string(request_->generation))
    wrong(Promise::OneGeneration, fmt::format("edits of generation {}, began under {}",
                                              head.value("x-gen-up"), request_->generation));
  if (head.count("host") != 1 || head.count("via") != 1 || head.count("x-forwarded-for") != 1)
    wrong(Promise::Framing, "Host, Via or X-Forwarded-For are not there once");
  if (head.find("expect") != nullptr || head.find("x-sim-hop") != nullptr ||
      head.find("keep-alive") != nullptr)
    wrong(Promise::Framing, "a field of the hop before has passed");
  if (head.minor != 1) wrong(Promise::Framing, "a request of version 1.0");
  for (const char* field : {"authorization", "x-api-key", "reeve-key"})
    if (head.find(field) != nullptr) wrong(Promise::Access, "a key has passed");
  answering_ = true;
}

void UpstreamSide::body(std::string_view bytes) {
  if (request_ != nullptr && !is_body_piece(Way::Up, request_->id, content_, bytes))
    wrong(Promise::NothingMixed,
          fmt::format("foreign or damaged content within {} bytes from {}", bytes.size(), content_));
  content_ += bytes.size();
}

void UpstreamSide::message_ended() {
  begun_ = false;
  sent_ = 0;
  if (request_ != nullptr && content_ != request_->upload)
    wrong(Promise::NoFalseEnd, fmt::format("ends in order after {} bytes of {}", content_, request_->upload));
  content_ = 0;  // of a tunnel, if it becomes one
}

void UpstreamSide::took(std::size_t bytes) {
  answer_ += bytes;
  if (request_ == nullptr || !request_->in_service()) return;
  const ClientSide* client = find_client_(request_->connection);
  if (client != nullptr && answer_ > client->written() - client_written_ + kHeldMax)
    wrong(Promise::Bounded, fmt::format("{} bytes of the answer read, {} sent on", answer_,
                                        client->written() - client_written_));
}

void UpstreamSide::ended(End) {}

}  // namespace reeve::sim
