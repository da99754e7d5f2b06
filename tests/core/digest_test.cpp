// SPDX-License-Identifier: Apache-2.0
#include "core/digest.h"

#include <gtest/gtest.h>

#include "core/base64.h"
#include "core/uid.h"

namespace radfm {
namespace {

TEST(Sha256, AgreesWithTheStandardsExamples) {
  // Aim: the vectors of FIPS 180-4.
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(base64(sha256("abc")), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

TEST(Sha256, PartsGiveTheDigestOfTheWhole) {
  // Aim: a stream read in pieces, also empty ones, equals one text; a moved stream goes on.
  Sha256 digest;
  digest.update("a", 1);
  digest.update("", 0);
  Sha256 moved = std::move(digest);
  moved.update("bc", 2);
  EXPECT_EQ(moved.hex(), sha256_hex("abc"));
}

TEST(Sha256DeathTest, EndsOnce) {
  // Aim: a second end would give the digest of nothing; it stops the program instead.
  Sha256 digest;
  (void)digest.hex();
  EXPECT_DEATH((void)digest.hex(), "ended twice");
}

TEST(UidFromName, NeverChanges) {
  // Aim: the values of another implementation (Python: uuid.uuid5(name space, name).int); a change would double reports.
  EXPECT_EQ(uid_from_name(""), "2.25.210976420612083371414793344590560150737");
  EXPECT_EQ(uid_from_name("x"), "2.25.44476342492947256911841164134300032823");
  EXPECT_EQ(uid_from_name("18239"), "2.25.18812916026072559615077043619064356");  // with leading zero bits
}

TEST(UidFromName, IsALegalUid) {
  // Aim: PS3.5 B.2, for names of all kinds.
  for (const char* name : {"", "a", "job/1.2.3/x/0/sr", "\xFF\xFE"}) EXPECT_TRUE(Uid::parse(uid_from_name(name))) << name;
}

}  // namespace
}  // namespace radfm
