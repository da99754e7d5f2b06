// SPDX-License-Identifier: Apache-2.0
// Aim: the command line's words are read or refused; whoever asks line by line gets one answer for each.
#include <gtest/gtest.h>

#include <sstream>

#include <nlohmann/json.hpp>

#include "pipeline/model/bench/bench_arguments.h"
#include "pipeline/model/bench/bench_output.h"
#include "tests/pipeline/model/golden_case.h"

namespace radfm::model {
namespace {

TEST(BenchArguments, AreRead) {
  const auto arguments = parse_bench_arguments({"--sizes", "2b7", "--dtype", "int4", "--rounds", "3", "--prompts", "200,400", "--batches", "1",
                                                "--only", "speed", "--json"});
  ASSERT_TRUE(arguments.has_value());
  EXPECT_EQ(arguments->options.sizes, "2b7");
  EXPECT_EQ(arguments->options.wish.dtype, "int4");
  EXPECT_EQ(arguments->options.rounds, 3);
  EXPECT_EQ(arguments->options.workload.prompts, (std::vector<int>{200, 400}));
  EXPECT_EQ(arguments->options.workload.batches, std::vector<int>{1});
  EXPECT_TRUE(arguments->options.speed);
  EXPECT_FALSE(arguments->options.exactness);
  EXPECT_TRUE(arguments->json);
}

TEST(BenchArguments, AreRefused) {
  const std::vector<std::vector<std::string>> wrong{{},
                                                    {"--json"},
                                                    {"--model", "a", "--sizes", "2b7"},
                                                    {"--model"},
                                                    {"--model", "a", "--rounds", "0"},
                                                    {"--model", "a", "--prompts", "1,,2"},
                                                    {"--model", "a", "--prompts", "1,2x"},
                                                    {"--model", "a", "--only", "nothing"},
                                                    {"--model", "a", "--json", "--serve"},
                                                    {"--model", "a", "--another", "1"}};
  for (const auto& words : wrong) EXPECT_FALSE(parse_bench_arguments(words).has_value()) << ::testing::PrintToString(words);
}

TEST(RunBench, MeasuresNewTokensAlone) {
  const TestFolder folder;
  write_untrained_model(folder);
  const auto arguments = parse_bench_arguments({"--model", folder.path.string(), "--device", "cpu", "--dtype", "f32", "--rounds", "1",
                                                "--batches", "1,2", "--cached", "8", "--only", "decode"});
  ASSERT_TRUE(arguments.has_value());
  const auto figures = run_bench(arguments->options);
  ASSERT_TRUE(figures.ok()) << figures.error().message;
  std::vector<std::string> measured;
  for (const Measured& one : figures->of_model) measured.push_back(name_of(one.what));
  EXPECT_EQ(measured, (std::vector<std::string>{"new tokens, 1 sequence", "new tokens, 2 sequences at once"}));
  EXPECT_GT(figures->limits.read_bytes_per_s, 0);
  EXPECT_FALSE(figures->exactness.has_value());
  EXPECT_FALSE(to_json(*figures).contains("report"));
  std::ostringstream table;
  print_table(*figures, table);
  EXPECT_EQ(table.str().find("The report"), std::string::npos) << table.str();
}

TEST(ServeBench, AnswersEachLine) {
  const TestFolder folder;
  write_untrained_model(folder);
  BenchOptions options;
  options.directory = folder.path;
  options.wish = {"cpu", "f32"};
  options.workload = {.pictures = {1}, .prompts = {20}, .batches = {1, 2}, .cached = 8};
  std::istringstream questions("decode 1\ndecode 2\nprefill 20\nprefill 21\nnothing\nvision\n");
  std::ostringstream answers;
  const auto served = serve_bench(options, questions, answers);
  ASSERT_TRUE(served.ok()) << served.error().message;
  std::istringstream lines(answers.str());
  std::vector<std::string> kinds;
  for (std::string line; std::getline(lines, line);) {
    double seconds = 0, units = 0;
    if (std::istringstream(line) >> seconds >> units && seconds > 0)
      kinds.push_back(std::to_string(static_cast<int>(units)));
    else
      kinds.push_back(line);
  }
  EXPECT_EQ(kinds, (std::vector<std::string>{"ready", "8", "16", "20", "?", "?", "1"}));
}

}  // namespace
}  // namespace radfm::model
