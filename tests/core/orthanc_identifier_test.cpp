// SPDX-License-Identifier: Apache-2.0
#include "core/orthanc_identifier.h"

#include <gtest/gtest.h>

#include <string>

namespace radfm {
namespace {

TEST(OrthancIdentifier, IsTheHashOfWhatIsJoined) {
  // Aim: as Python's hashlib computes it.
  EXPECT_EQ(orthanc_identifier(orthanc_key("P|1.2.3")), "e722b7e7-848a8681-ec887fb8-6d84590e-5f4ccaaa");
  EXPECT_EQ(orthanc_identifier(orthanc_key("MUSTERMANN|1.2.826.1|1.2.826.1.1|1.2.826.1.1.1")), "ca7cd10b-f2313c28-0856c2b9-8d4232dc-d026b2fd");
  EXPECT_EQ(orthanc_identifier(orthanc_key("|1.2|3.4|5.6")), "fd3ca3b5-410287cb-8a965365-29583d21-2ab48b5a");
}

TEST(OrthancIdentifier, IsReadAsItIsWritten) {
  // Aim: back and forth, for each value of a byte.
  for (int first = 0; first < 256; ++first) {
    OrthancKey key{};
    key[0] = key[7] = static_cast<std::uint8_t>(first);
    key[19] = static_cast<std::uint8_t>(255 - first);
    EXPECT_EQ(parse_orthanc_identifier(orthanc_identifier(key)), key);
  }
}

TEST(OrthancIdentifier, NothingElseIsOne) {
  // Aim: what could be anything but a name in a request is none.
  const std::string good = orthanc_identifier(orthanc_key("x"));
  ASSERT_TRUE(parse_orthanc_identifier(good));
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const char other : {'/', 'g', 'A', '\0', good[i] == '-' ? '0' : '-'}) {
      std::string bad = good;
      bad[i] = other;
      EXPECT_FALSE(parse_orthanc_identifier(bad)) << bad;
    }
  EXPECT_FALSE(parse_orthanc_identifier(good + "0"));
  EXPECT_FALSE(parse_orthanc_identifier(good.substr(1)));
  EXPECT_FALSE(parse_orthanc_identifier(""));
}

}  // namespace
}  // namespace radfm
