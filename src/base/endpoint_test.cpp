// SPDX-License-Identifier: Apache-2.0
#include "base/endpoint.h"

#include <gtest/gtest.h>

namespace reeve {
namespace {

TEST(Endpoint, TextGoesThereAndBack) {
  for (const char* text : {"127.0.0.1:8080", "[::1]:0", "unix:/run/reeve.sock", "0.0.0.0:65535"})
    EXPECT_EQ(to_string(parse_endpoint(text).value()), text);
}

TEST(Endpoint, RefusesWhatIsNone) {
  for (const char* text : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[127.0.0.1]:80", "unix:",
                           "localhost:80", ":80", "127.0.0.1:+1"})
    EXPECT_FALSE(parse_endpoint(text)) << text;
}

}  // namespace
}  // namespace reeve
