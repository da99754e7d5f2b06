// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/registered_users.h"

#include <gtest/gtest.h>

namespace radfm::plugin {
namespace {

std::optional<std::string> user_of(const RegisteredUsers& users, const std::string& authorization) {
  return users.user_of({"GET", "/radfm", {}, {{"authorization", authorization}}});
}

TEST(RegisteredUsersTest, ANameCountsOnlyWithItsPassword) {
  // Aim: whatever else lets a request in, nobody becomes a user by claiming a name.
  const RegisteredUsers users({{"anna", "secret"}, {"bert", "p:w"}});
  EXPECT_EQ(user_of(users, "Basic YW5uYTpzZWNyZXQ="), "anna");
  EXPECT_EQ(user_of(users, "Basic YmVydDpwOnc="), "bert");  // bert:p:w
  for (const char* forged : {"Basic YW5uYTpndWVzcw==",      // anna:guess
                             "Basic YW5uYTo=",              // anna:
                             "Basic YW5uYQ==",              // anna
                             "Basic YW5uYTpzZWNyZXQx",      // anna:secret1
                             "Basic YW5uYTpzZWNyZQ==",      // anna:secre
                             "Bearer YW5uYTpzZWNyZXQ=", "basic YW5uYTpzZWNyZXQ=", "Basic", "Basic ", "Basic !!!", "YW5uYTpzZWNyZXQ=", ""})
    EXPECT_EQ(user_of(users, forged), std::nullopt) << forged;
  EXPECT_EQ(user_of(users, "Basic " + std::string(4'096, 'Y')), std::nullopt);
  EXPECT_EQ(users.user_of({"GET", "/radfm", {}, {}}), std::nullopt);
  EXPECT_EQ(user_of(RegisteredUsers(), "Basic YW5uYTpzZWNyZXQ="), std::nullopt);
}

TEST(RegisteredUsersTest, NamesWithAColonAreNobodys) {
  // Aim: "a" with the password "b:c" and "a:b" with the password "c" send the same bytes.
  const RegisteredUsers users({{"a:b", "c"}, {"", "x"}});
  EXPECT_EQ(user_of(users, "Basic YTpiOmM="), std::nullopt);
  EXPECT_EQ(user_of(users, "Basic Ong="), std::nullopt);  // :x
  EXPECT_TRUE(users.names().empty());
}

TEST(RegisteredUsersTest, WhoActedIsAWordThatCanBeShown) {
  // Aim: names for the queue's history, at the limit of their length and one past it.
  EXPECT_EQ(actor_named("anna"), "administrator:anna");
  EXPECT_EQ(actor_named(std::nullopt), "administrator");
  EXPECT_EQ(actor_named("an\nna"), "administrator");
  EXPECT_EQ(actor_named(""), "administrator");
  EXPECT_EQ(actor_named(std::string(64, 'x')), "administrator:" + std::string(64, 'x'));
  EXPECT_EQ(actor_named(std::string(65, 'x')), "administrator");
}

}  // namespace
}  // namespace radfm::plugin
