// SPDX-License-Identifier: Apache-2.0
#include "control/plan_document.h"

#include <fmt/format.h>

#include "config/render_findings.h"
#include "crypto/sha256.h"

namespace reeve::control {

std::string plan_digest(const policy::Snapshot& before, const config::Sources& after,
                        const explain::Plan& plan) {
  return crypto::sha256_hex(fmt::format("{}\n{}\n{}", before.hash, config::hash_without_gate(after),
                                        explain::plan_digest_text(plan)));
}

std::string lost_rows(const explain::Plan& plan) {
  std::string text;
  json::Writer json(text);
  explain::write_rows(plan.loses, json);
  return text;
}

PlanDocument plan_document(const policy::Snapshot& before, const config::LoadResult& after, WallTime at) {
  if (!after.ok()) return {true, config::findings_json(after.findings, after.files, false)};
  const explain::Plan plan = explain::plan(before, *after.snapshot, at);
  PlanDocument document{.loses = !plan.loses.empty(), .json = {}};
  json::Writer json(document.json);
  json.begin_object();
  explain::write_plan(plan, json);
  // The policy's own tests hold, or the file would not have loaded.
  json.key("expect").begin_array().end_array().key("audit");
  config::write_findings(json, after.findings, after.files);
  json.field("digest", plan_digest(before, after.sources, plan)).end_object();
  return document;
}

}  // namespace reeve::control
