// SPDX-License-Identifier: Apache-2.0
#include "admin/config.h"

#include "config/show.h"
#include "json/writer.h"

namespace reeve::admin {

rt::Task<Answer> config(Call& call) {
  const auto texts = call.archive.current_texts();
  if (!texts)
    co_return problem({.code = Code::DependencyUnavailable,
                       .detail = texts.error(),
                       .fix = "Make the data folder readable and writable for the gateway, and reload."});
  const policy::Snapshot& snapshot = *call.control.current();
  Answer answer;
  json::Writer json(answer.body);
  json.begin_object()
      .field("hash", snapshot.hash)
      .field("loaded", to_rfc3339_seconds(call.control.last_loaded()))
      .field("file", snapshot.configuration_file)
      .key("files")
      .begin_array();
  for (const std::string& file : snapshot.files) json.string(file);
  json.end_array().key("configuration");
  reeve::config::show(*texts, json);
  json.end_object();
  co_return answer;
}

}  // namespace reeve::admin
