// SPDX-License-Identifier: Apache-2.0
#include "radfmctl/arguments.h"

#include <gtest/gtest.h>

namespace radfm::ctl {
namespace {

const std::vector<OptionSpec> known{{"--config", OptionKind::value}, {"--study", OptionKind::values}, {"--force", OptionKind::flag}};

TEST(Arguments, ReadsValuesListsAndFlags) {
  // Aim: a value takes one word, a list all up to the next option, a flag none; the rest is positional.
  const Result<Arguments> read =
      Arguments::parse({"show", "--study", "a", "b", "--config", "c.json", "12", "--force", "--json"}, known);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->positional(), (std::vector<std::string>{"show", "12"}));
  EXPECT_EQ(read->values("--study"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(read->value("--config"), "c.json");
  EXPECT_TRUE(read->has("--force"));
  EXPECT_TRUE(read->has("--json"));
  EXPECT_FALSE(read->value("--out").has_value());
}

TEST(Arguments, NamesTheWrongWord) {
  // Aim: an unknown option and a missing value are told by name.
  const Result<Arguments> unknown = Arguments::parse({"--confg", "x"}, known);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, "usage");
  EXPECT_NE(unknown.error().message.find("--confg"), std::string::npos);
  const Result<Arguments> missing = Arguments::parse({"--config", "--force"}, known);
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find("--config"), std::string::npos);
}

TEST(Arguments, TheLastValueWins) {
  // Aim: an option given twice is no mistake: the later one counts, as people expect of a command line.
  const Result<Arguments> read = Arguments::parse({"--config", "a", "--config", "b"}, known);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->value("--config"), "b");
}

}  // namespace
}  // namespace radfm::ctl
