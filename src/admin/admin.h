// SPDX-License-Identifier: Apache-2.0
// The admin API (contract, 7; rules, 7): finds the resource, judges host, token, method, query and body,
// calls the resource's function and writes its answer. The Handler of the admin address, on the control
// reactor. Resources know nothing of connections; this knows nothing of what they do.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "admin/answer.h"
#include "base/endpoint.h"
#include "control/archive.h"
#include "control/control.h"
#include "control/explainer.h"
#include "server/handler.h"
#include "telemetry/registry.h"
#include "upstream/shared.h"

namespace reeve::admin {

/// What of the running process only its wiring knows.
struct Live {
  WallTime now{};
  WallTime started{};
  std::uint64_t connections = 0;
  std::uint64_t connections_limit = 0;
  std::vector<upstream::TargetStatus> targets;
};

/// Whom resources ask; all outlive the Admin.
struct Surroundings {
  control::Control& control;
  const telemetry::Registry& registry;
  const control::Explainer& explainer;
  const control::Archive& archive;
  std::function<Live()> live;
};

/// One request as a resource sees it.
struct Call : Surroundings {
  const http::RequestHead& head;
  std::string body;
};

/// A resource: where, how, and who answers.
struct Resource {
  std::string_view path;    ///< with a trailing slash: one more segment follows
  std::string_view method;  ///< GET stands for HEAD too
  bool open = false;        ///< any Host, no token
  std::size_t body_max = 0;
  rt::Task<Answer> (*answer)(Call& call) = nullptr;
};
/// All of them, one line each; resources.cpp.
std::span<const Resource> resources();

class Admin final : public server::Handler {
 public:
  Admin(Surroundings surroundings, std::string token, Endpoint address)
      : surroundings_(std::move(surroundings)), token_(std::move(token)), address_(std::move(address)) {}

  rt::Task<> serve(server::Exchange& exchange) override;
  rt::Buffer refuse(const Error& error, server::Exchange& partial) override;

 private:
  /// The resource, or the problem that keeps the request from it.
  const Resource* find(const server::Exchange& exchange, Answer& refusal) const;
  rt::Task<bool> read_body(server::Exchange& exchange, std::size_t max, std::string& body, Answer& refusal);

  Surroundings surroundings_;
  std::string token_;
  Endpoint address_;
};

}  // namespace reeve::admin
