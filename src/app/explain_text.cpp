// SPDX-License-Identifier: Apache-2.0
#include "app/explain_text.h"

#include <fmt/format.h>

#include "app/output.h"

namespace reeve::app {

namespace {

std::string word(const json::Value& object, std::string_view name) {
  return printable(object[name].string().value_or(""));
}

void line(std::string& out, std::string_view label, std::string_view text) {
  if (!text.empty()) out += fmt::format("{:<10} {}\n", label, text);
}

std::string with_place(const std::string& text, const std::string& place) {
  return place.empty() ? text : fmt::format("{}  [{}]", text, place);
}

std::string headline(const json::Value& judged) {
  const std::string outcome = word(judged, "outcome");
  if (outcome == "deny")
    return fmt::format("denied: {} ({})\n", word(judged, "code"), judged["status"].integer().value_or(0));
  return outcome == "depends" ? "depends: a limit has no room at this moment\n" : "allowed\n";
}

std::string check_line(const json::Value& check) {
  std::string text = fmt::format("{:<8} {:<15}", word(check, "result"), word(check, "check"));
  const auto add = [&](std::string_view label, const std::string& value) {
    if (!value.empty()) text += fmt::format(" {}{}", label, value);
  };
  add("", word(check, "code"));
  add("limit ", word(check, "limit"));
  if (const auto left = check["left"].integer()) text += fmt::format(" {} left", *left);
  add("resets ", check["result"].string() == "fail" ? word(check, "resets_at") : std::string());
  add("saw ", word(check, "saw"));
  add("wanted ", word(check, "wanted"));
  text.resize(text.find_last_not_of(' ') + 1);
  return with_place(text, word(check, "at")) + "\n";
}

std::string checks_text(const json::Value& judged) {
  std::string out;
  std::size_t skipped = 0;
  for (const json::Value& check : judged["checks"].items()) {
    if (check["result"].string() == "skipped") {
      ++skipped;
    } else {
      out += check_line(check);
    }
    for (const json::Value& near : check["nearest"].items())
      out += fmt::format(
          "         nearest: {}\n",
          with_place(fmt::format("{} ({})", word(near, "route"), word(near, "differs")), word(near, "at")));
  }
  if (skipped != 0) out += fmt::format("{} more checks are not configured here\n", skipped);
  return out;
}

}  // namespace

std::string explanation_text(const json::Value& document) {
  std::string out = headline(document) + "\n";
  line(out, "decision", word(document, "decision"));
  line(out, "time", word(document, "time"));
  const json::Value& request = document["request"];
  line(out, "request",
       fmt::format("{} {}{}{}", word(request, "method"), word(request, "host"), word(request, "path"),
                   request["truncated"].boolean().value_or(false) ? "… (cut)" : ""));
  const std::string address = word(request, "client_ip");
  line(out, "client",
       fmt::format("{} ({})", address.empty() ? "no address" : address, word(request, "client_ip_source")));
  const json::Value& caller = document["caller"];
  if (!caller.is_null()) {
    line(out, "caller", word(caller, "name"));
    line(out, "team", word(caller, "team"));
    line(out, "key", word(caller, "key"));
    for (const json::Value& role : caller["roles"].items())
      line(out, "role", with_place(word(role, "role"), word(role, "from")));
  }
  const json::Value& route = document["route"];
  if (!route.is_null()) line(out, "route", with_place(word(route, "name"), word(route, "at")));
  if (document["hidden"].boolean().value_or(false))
    line(out, "", "hidden: the client is shown no such route");
  out += "\n" + checks_text(document);
  if (!document["configuration"]["available"].boolean().value_or(true))
    out += "\nThat configuration is no longer kept: above is what the id itself holds.\n";
  else if (!document["configuration"]["current"].boolean().value_or(true))
    out += "\nThe configuration has changed since.\n";
  if (const json::Value& today = document["today"]; !today.is_null())
    out += "\nUnder today's configuration: " + headline(today) + "\n" + checks_text(today);
  return out;
}

}  // namespace reeve::app
