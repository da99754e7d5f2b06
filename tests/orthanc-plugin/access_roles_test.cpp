// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/access_roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace radfm::plugin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using List = std::optional<std::set<std::string>>;

// The roles of a user as letters: r, o, a.
std::string roles(const AccessSettings& access, const std::optional<std::string>& user) {
  std::string letters;
  for (const Role role : named_roles) {
    if (has_role(access, user, role)) letters += to_string(role)[0];
  }
  return letters;
}

TEST(AccessRolesTest, WithoutAListEverybodyHasEachRole) {
  // Aim: the default is what Orthanc itself lets in.
  EXPECT_EQ(roles({}, std::nullopt), "roa");
  EXPECT_EQ(roles({}, "anna"), "roa");
}

TEST(AccessRolesTest, EachRoleIncludesThoseBeforeIt) {
  // Aim: three lists, three users, somebody else, and somebody without a name.
  const AccessSettings access{List{{"anna"}}, List{{"bert"}}, List{{"carl"}}};
  EXPECT_EQ(roles(access, "anna"), "r");
  EXPECT_EQ(roles(access, "bert"), "ro");
  EXPECT_EQ(roles(access, "carl"), "roa");
  EXPECT_EQ(roles(access, "dora"), "");
  EXPECT_EQ(roles(access, ""), "");
  EXPECT_EQ(roles(access, std::nullopt), "");
  EXPECT_TRUE(has_role(access, std::nullopt, Role::anybody));
}

TEST(AccessRolesTest, AMissingListIsNoWiderThanTheOneBefore) {
  // Aim: to name only the readers is to keep all others from acting, too; every set of lists that may be there, by what follows for each.
  EXPECT_EQ(roles({List{{"anna"}}, {}, {}}, "anna"), "roa");
  EXPECT_EQ(roles({List{{"anna"}}, {}, {}}, "bert"), "");
  EXPECT_EQ(roles({List{{"anna"}}, {}, List{{"carl"}}}, "anna"), "ro");
  EXPECT_EQ(roles({List{{"anna"}}, {}, List{{"carl"}}}, "carl"), "roa");
  EXPECT_EQ(roles({{}, List{{"bert"}}, {}}, "anna"), "r");
  EXPECT_EQ(roles({{}, List{{"bert"}}, {}}, "bert"), "roa");
  EXPECT_EQ(roles({{}, {}, List{{"carl"}}}, std::nullopt), "ro");
  EXPECT_EQ(roles({{}, List{{"bert"}}, List{{"carl"}}}, std::nullopt), "r");
}

TEST(AccessRolesTest, AnEmptyListLetsNobodyIn) {
  // Aim: an empty list is not a missing one.
  const AccessSettings access{{}, {}, List{std::set<std::string>()}};
  EXPECT_EQ(roles(access, "anna"), "ro");
}

TEST(AccessRolesTest, AdviceOnListsThatCannotWork) {
  // Aim: nothing about lists that work or are not there; names of nobody, and an Orthanc that asks nobody, are told.
  const AccessSettings access{List{{"anna"}}, List{{"bert"}}, {}};
  EXPECT_THAT(advice_on_roles({}, {}, false), IsEmpty());
  EXPECT_THAT(advice_on_roles(access, {"anna", "bert"}, true), IsEmpty());
  EXPECT_THAT(advice_on_roles(access, {"anna"}, true), ElementsAre(HasSubstr("access.operate names bert")));
  EXPECT_THAT(advice_on_roles(access, {"anna", "bert"}, false), ElementsAre(HasSubstr("AuthenticationEnabled")));
}

}  // namespace
}  // namespace radfm::plugin
