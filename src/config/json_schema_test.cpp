// SPDX-License-Identifier: Apache-2.0
#include "config/json_schema.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "json/reader.h"

namespace reeve::config {
namespace {

constexpr const char* kFile = "docs/reeve.schema.json";

TEST(JsonSchema, TheCommittedFileIsTheGeneratedOne) {
  const std::string generated = json_schema();
  if (std::getenv("REEVE_WRITE_SCHEMA") != nullptr) std::ofstream(kFile) << generated;
  std::ifstream file(kFile);
  std::stringstream committed;
  committed << file.rdbuf();
  EXPECT_EQ(committed.str() == generated, true)
      << "run the test again with REEVE_WRITE_SCHEMA=1 and commit " << kFile;
}

TEST(JsonSchema, IsAJsonDocumentThatKnowsTheKeys) {
  const auto schema = json::parse(json_schema());
  ASSERT_TRUE(schema);
  const json::Value& root = (*schema)["properties"];
  for (const char* key : {"listen", "routes", "upstreams", "defaults", "callers", "providers", "cache"})
    EXPECT_FALSE(root[key].is_null()) << key;
  const json::Value& route = root["routes"]["items"];
  EXPECT_FALSE(route["properties"]["match"]["properties"]["path"]["anyOf"].items().empty());
  EXPECT_EQ(route["additionalProperties"].boolean(), false);
  EXPECT_EQ(route["required"].items().at(0).string(), "name");
  EXPECT_EQ(root["threads"]["anyOf"].items().at(0)["maximum"].integer(), 1024);
  EXPECT_EQ(root["providers"]["maxProperties"].integer(), 0);
}

}  // namespace
}  // namespace reeve::config
