// SPDX-License-Identifier: Apache-2.0
#include "admin/plan.h"

#include "config/grammar.h"
#include "config/system_doors.h"
#include "control/plan_document.h"
#include "json/reader.h"

namespace reeve::admin {

namespace {

/// The running configuration's folder with another main file: what that includes is beside it.
class WithText final : public config::SystemFiles {
 public:
  WithText(std::string path, std::string_view text) : path_(std::move(path)), text_(text) {}
  std::expected<std::string, std::string> read(const std::string& path, std::size_t max) override {
    if (path != path_) return SystemFiles::read(path, max);
    if (text_.size() > max) return std::unexpected("it is too large");
    return std::string(text_);
  }

 private:
  std::string path_;
  std::string_view text_;
};

}  // namespace

rt::Task<Answer> plan(Call& call) {
  const auto refuse = [](std::string_view detail) {
    return problem(
        {.code = Code::RequestMalformed,
         .detail = detail,
         .fix = "Send {\"config\": \"<YAML>\"}, and \"at\" as RFC 3339 for another time than now."});
  };
  const auto body = json::parse(call.body);
  if (!body) co_return refuse("The body is not JSON.");
  std::optional<std::string_view> text;
  WallTime at = call.live().now;
  for (const auto& [name, value] : body->members()) {
    if (name == "config") {
      text = value.string();
    } else if (name == "at") {
      const auto time = value.string() ? config::parse_time(*value.string()) : std::nullopt;
      if (!time) co_return refuse("at is no time with a zone.");
      at = *time;
    } else {
      co_return refuse("The body has a member that this resource does not know.");
    }
  }
  if (!text) co_return refuse("config, the YAML text, is missing.");
  const policy::Snapshot& running = *call.control.current();
  WithText files(running.configuration_file, *text);
  const config::SystemEnvironment environment;
  const config::LoadResult loaded = config::load(running.configuration_file, environment, files);
  control::PlanDocument document = control::plan_document(running, loaded, at);
  co_return Answer{.status = static_cast<std::uint16_t>(loaded.ok() ? 200 : 422),
                   .body = std::move(document.json)};
}

}  // namespace reeve::admin
