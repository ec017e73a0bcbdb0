// SPDX-License-Identifier: Apache-2.0
// The fast scanners agree with the definition of each byte, at every place of a block and for every byte.
#include "http/h1/scan.h"

#include <gtest/gtest.h>

#include <string>

namespace reeve::http::h1 {
namespace {

// What the scanner must find in `text`, by asking byte after byte.
template <class Is>
std::size_t by_definition(const std::string& text, Is&& is) {
  std::size_t i = 0;
  while (i < text.size() && is(text[i])) ++i;
  return i;
}

TEST(Scan, AgreesWithTheDefinitionForEveryByteAtEveryPlace) {
  for (std::size_t size = 1; size <= 40; ++size)
    for (std::size_t place = 0; place < size; ++place)
      for (int value = 0; value < 256; ++value) {
        std::string text(size, 'a');
        text[place] = static_cast<char>(value);
        const char* const begin = text.data();
        const char* const end = begin + size;
        std::uint8_t seen = 0;
        ASSERT_EQ(value_end(begin, end) - begin, by_definition(text, is_value_byte))
            << value << " at " << place;
        ASSERT_EQ(target_end(begin, end) - begin, by_definition(text, is_target_byte))
            << value << " at " << place;
        ASSERT_EQ(token_end(begin, end, seen) - begin, by_definition(text, ascii::is_token_char))
            << value << " at " << place;
        ASSERT_EQ((seen & kNameUnderscore) != 0, value == '_');
      }
}

TEST(Scan, GoesOnBehindTabs) {
  const std::string text = "\ta\t\t" + std::string(30, 'b') + "\t\x01";
  EXPECT_EQ(value_end(text.data(), text.data() + text.size()) - text.data(), text.size() - 1);
}

TEST(Scan, NothingIsNothing) {
  const char* const none = "";
  std::uint8_t seen = 0;
  EXPECT_EQ(value_end(none, none), none);
  EXPECT_EQ(target_end(none, none), none);
  EXPECT_EQ(token_end(none, none, seen), none);
}

}  // namespace
}  // namespace reeve::http::h1
