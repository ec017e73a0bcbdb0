// SPDX-License-Identifier: Apache-2.0
// A plan as the document of contract 6, as a line for people, and as the text that its digest is taken of.
// Decides nothing: plan.cpp has.
#include <fmt/format.h>

#include <algorithm>

#include "explain/plan.h"

namespace reeve::explain {

namespace {

// Rows that people and programs can still take in one a caller.
constexpr std::size_t kSingleRows = 5000;

std::string_view outcome_name(const std::optional<Code>& code) {
  return code ? facts(*code).name : "allow";
}

std::vector<std::string> networks_of(const AccessChange& change) {
  if (change.anywhere) return {"0.0.0.0/0", "::/0"};
  std::vector<std::string> out;
  for (const IpNetwork& network : change.networks) out.push_back(network.to_string());
  if (change.without_address) out.emplace_back("unix");
  return out;
}

void write_list(std::string_view name, const std::vector<std::string>& items, json::Writer& json) {
  json.key(name).begin_array();
  for (const std::string& item : items) json.string(item);
  json.end_array();
}

void write_witness(const PlanRow& row, std::string_view caller, json::Writer& json) {
  json.key("witness")
      .begin_object()
      .field("method", row.sample.method)
      .field("url", row.sample.url)
      .key("from");
  if (row.change.address) {
    json.string(row.change.address->to_string());
  } else {
    json.null();
  }
  json.field("at", to_rfc3339_seconds(row.change.time.from)).field("as", caller);
  if (!row.sample.headers.empty()) {
    json.key("headers").begin_object();
    for (const auto& [name, value] : row.sample.headers) json.field(name, value);
    json.end_object();
  }
  json.end_object();
}

void write_row(const PlanRow& row, std::string_view caller, bool together, json::Writer& json) {
  json.begin_object().field("caller", caller);
  if (together) write_list("callers", row.callers, json);
  json.field("route", row.route).field("method", row.method);
  if (!row.hosts.empty()) write_list("hosts", row.hosts, json);
  if (!row.paths.empty()) write_list("paths", row.paths, json);
  if (!row.when.empty()) write_list("when", row.when, json);
  write_list("networks", networks_of(row.change), json);
  json.key("hours").raw(row.hours);
  if (!row.except.empty()) json.key("except").raw(row.except);
  if (!row.change.whole_time) {
    json.field("from", to_rfc3339_seconds(row.change.time.from));
    json.field("until", to_rfc3339_seconds(row.change.time.to));
  }
  json.field("was", outcome_name(row.change.before)).field("becomes", outcome_name(row.change.after));
  write_witness(row, caller, json);
  json.key("seen_last_30d").null().field("because", row.because).end_object();
}

void write_each(const std::vector<PlanRow>& rows, json::Writer& json) {
  std::size_t singles = 0;
  for (const PlanRow& row : rows) singles += row.callers.size();
  for (const PlanRow& row : rows) {
    if (singles > kSingleRows) {
      write_row(row, row.callers.front(), row.callers.size() > 1, json);
    } else {
      for (const std::string& caller : row.callers) write_row(row, caller, false, json);
    }
  }
}

}  // namespace

std::string describe(const PlanRow& row) {
  constexpr std::size_t kNamed = 3;
  std::string who;
  for (std::size_t i = 0; i < std::min(row.callers.size(), kNamed); ++i)
    who.append(who.empty() ? "" : ", ").append(row.callers[i]);
  if (row.callers.size() > kNamed) who += fmt::format(" and {} more", row.callers.size() - kNamed);
  return fmt::format("{}: {} {}: {} becomes {} [{}]", who, row.method, row.route,
                     outcome_name(row.change.before), outcome_name(row.change.after), row.because);
}

void write_rows(const std::vector<PlanRow>& rows, json::Writer& json) {
  json.begin_array();
  write_each(rows, json);
  json.end_array();
}

void write_plan(const Plan& plan, json::Writer& json) {
  json.key("loses");
  write_rows(plan.loses, json);
  json.key("gains");
  write_rows(plan.gains, json);
  json.key("changed").begin_array();
  write_each(plan.otherwise, json);
  for (const PlanNote& note : plan.notes) {
    json.begin_object().field("what", note.what);
    if (!note.name.empty()) json.field("name", note.name);
    if (!note.because.empty()) json.field("because", note.because);
    json.end_object();
  }
  json.end_array();
  if (plan.left_out != 0) json.field("changed_left_out", plan.left_out);
  json.field("same", plan.same());
}

std::string plan_digest_text(const Plan& plan) {
  std::string out;
  for (const PlanRow& row : plan.loses)
    fmt::format_to(std::back_inserter(out), "{}|{}|{}|{}|{}|{}|{}|{}|{}|{}\n", fmt::join(row.callers, ","),
                   row.route, row.method, fmt::join(row.hosts, ","), fmt::join(row.paths, ","),
                   fmt::join(row.when, ","), fmt::join(networks_of(row.change), ","), row.hours, row.except,
                   outcome_name(row.change.after));
  return out;
}

}  // namespace reeve::explain
