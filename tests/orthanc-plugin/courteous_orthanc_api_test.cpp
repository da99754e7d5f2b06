// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/courteous_orthanc_api.h"

#include <gtest/gtest.h>

#include <vector>


namespace radfm::plugin {
namespace {

// Takes as long as it is told to, on a clock of its own.
struct SlowOrthanc final : OrthancApi {
  std::int64_t now_ns = 0, takes_ns = 0;
  bool away = false;
  Result<std::string> answer(const std::string& path) {
    now_ns += takes_ns;
    if (away) return transient_error("orthanc_unavailable", "away");
    return path;
  }
  Result<std::string> get(const std::string& path) override { return answer(path); }
  Result<std::string> post(const std::string& path, const std::string& body) override { return answer(path + body); }
  Result<std::string> kept_text() override { return answer("kept"); }
  Status keep_text(const std::string&) override { return {}; }
};

struct Courtesy : testing::Test {
  SlowOrthanc slow;
  std::vector<std::int64_t> rests_ns;
  CourteousOrthancApi orthanc{slow, [this] { return slow.now_ns; }, [this](std::int64_t ns) { rests_ns.push_back(ns); }};
};

// Aim: after each answer it rests as long as the answer took, and at most rest_max_ms; failures are answers.
TEST_F(Courtesy, RestsAsLongAsTheAnswerTook) {
  slow.takes_ns = 3'000'000;
  EXPECT_EQ(*orthanc.get("/changes"), "/changes");
  slow.takes_ns = 10'000'000;
  EXPECT_EQ(*orthanc.post("/tools/find", "{}"), "/tools/find{}");
  slow.takes_ns = 10'000'001;
  slow.away = true;
  EXPECT_EQ(orthanc.get("/changes").error().code, "orthanc_unavailable");
  EXPECT_EQ(rests_ns, (std::vector<std::int64_t>{3'000'000, 10'000'000, 10'000'000}));
}

// Aim: a clock that is set back is no reason to rest, and what Orthanc keeps for us passes as it is.
TEST_F(Courtesy, NeverRestsForNegativeTimes) {
  slow.takes_ns = -5;
  EXPECT_TRUE(orthanc.get("/changes"));
  EXPECT_EQ(rests_ns, std::vector<std::int64_t>{0});
  EXPECT_EQ(*orthanc.kept_text(), "kept");
  EXPECT_TRUE(orthanc.keep_text("x"));
}

}  // namespace
}  // namespace radfm::plugin
