// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin as Orthanc sees it: four functions and two callbacks, on threads that store and serve. Whatever happens to
// us, they answer, at once, and nothing is thrown through them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <latch>

#include "db/queue.h"
#include "orthanc-plugin/plugin_orthanc_api.h"
#include "tests/orthanc-plugin/allocation_failures.h"
#include "tests/orthanc-plugin/fake_context.h"
#include "tests/orthanc-plugin/header_file.h"

extern "C" {
int32_t OrthancPluginInitialize(OrthancPluginContext* context);
void OrthancPluginFinalize();
}

namespace radfm::plugin {
namespace {

constexpr OrthancPluginChangeType arrivals[] = {OrthancPluginChangeType_NewInstance, OrthancPluginChangeType_NewSeries,
                                                OrthancPluginChangeType_NewStudy, OrthancPluginChangeType_StableStudy,
                                                OrthancPluginChangeType_Deleted, OrthancPluginChangeType_UpdatedMetadata};

class PluginCallbacksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "radfm-callbacks-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
    std::ofstream(folder / "radfm-node.json") << R"({"orthanc": {"url": "http://127.0.0.1:8042"}})";
    context.configuration = R"({"StableAge": 0, "RadFM": {"Configuration": ")" + (folder / "radfm-node.json").string() + "\"}}";
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  void run() {
    ASSERT_EQ(OrthancPluginInitialize(context.get()), 0);
    ASSERT_NE(context.on_change, nullptr);
    ASSERT_EQ(context.change(OrthancPluginChangeType_OrthancStarted), OrthancPluginErrorCode_Success);
  }
  void end() {
    EXPECT_EQ(context.change(OrthancPluginChangeType_OrthancStopped), OrthancPluginErrorCode_Success);
    OrthancPluginFinalize();
  }

  std::filesystem::path folder;
  FakeContext context;
};

TEST_F(PluginCallbacksTest, StudyBecomesAJob) {
  // Aim: the ordinary way through the C interface, and the end leaves a clean entry in the logbook.
  run();
  context.wait_for_log("a fresh queue");
  context.with_orthanc([](FakeOrthanc& orthanc) {
    orthanc.receive("a", "s", "1.9.1");
    orthanc.stable("a");
  });
  EXPECT_EQ(context.change(OrthancPluginChangeType_StableStudy), OrthancPluginErrorCode_Success);
  context.wait_for_log("queued by rule");
  EXPECT_EQ(context.get_page("/radfm/api/v1/jobs"), 200);
  end();
  context.with_orthanc([](FakeOrthanc& orthanc) {
    EXPECT_NE(orthanc.kept.find("\"ended\":true"), std::string::npos) << orthanc.kept;
    EXPECT_NE(orthanc.kept.find("\"in_hand\":\"\""), std::string::npos) << orthanc.kept;
  });
}

TEST_F(PluginCallbacksTest, StoringNeverWaitsForUs) {
  // Aim: our thread stands still inside each kind of question that it asks Orthanc. All that Orthanc calls meanwhile, for
  // each image that it stores and each page that it serves, returns.
  for (const std::string at : {"/changes?last", "kept_text", "keep_text", "/changes?since"}) {
    std::promise<void> inside, go_on;
    bool first = true;
    context.in_call = [&](const std::string& path) {
      if (!first || path.find(at) == std::string::npos) return;
      first = false;
      inside.set_value();
      go_on.get_future().wait();
    };
    run();
    inside.get_future().wait();
    for (int i = 0; i < 1'000; ++i)
      for (const OrthancPluginChangeType type : arrivals) ASSERT_EQ(context.change(type), OrthancPluginErrorCode_Success);
    EXPECT_NE(context.get_page("/radfm/api/v1/status"), 0) << at;
    EXPECT_EQ(context.get_page("/radfm/"), 200) << at;
    go_on.set_value();
    end();
    context.in_call = [](const std::string&) {};
  }
}

TEST_F(PluginCallbacksTest, BellsNeedNoMemory) {
  // Aim: with no memory at all, what Orthanc calls for each stored image succeeds.
  run();
  {
    const AllocationFailures none(1, AllocationFailures::all_of_them);
    for (const OrthancPluginChangeType type : arrivals) ASSERT_EQ(context.change(type), OrthancPluginErrorCode_Success);
  }
  end();
}

TEST_F(PluginCallbacksTest, ImagesAreKnownSinceTheyWereStored) {
  // Aim: what Orthanc hands over of an image reaches the job of its study: the log says of how many, and nobody asks about them.
  run();
  context.wait_for_log("a fresh queue");
  context.with_orthanc([](FakeOrthanc& orthanc) { orthanc.receive("a", "s", "1.9.1"); });
  const std::string id = FakeOrthanc::id("a|s|1.9.1"), file = header_file("P", "a", "s", "1.9.1");
  EXPECT_EQ(context.store(id, file, {{"SopClassUid", ct_class}, {"RemoteAET", "MODALITY"}}), OrthancPluginErrorCode_Success);
  context.with_orthanc([](FakeOrthanc& orthanc) { orthanc.stable("a"); });
  EXPECT_EQ(context.change(OrthancPluginChangeType_StableStudy), OrthancPluginErrorCode_Success);
  context.wait_for_log("1 of 1 images known since they arrived");
  context.wait_for_log("queued by rule");
  end();
}

TEST_F(PluginCallbacksTest, StoringSucceedsWhateverIsStored) {
  // Aim: each allocation fails in turn, the file is nonsense or none, metadata are missing: Orthanc hears of success.
  run();
  const std::string id = FakeOrthanc::id("a|s|1.9.1"), file = header_file("P", "a", "s", "1.9.1");
  const std::map<std::string, std::string> metadata = {{"SopClassUid", ct_class}, {"RemoteAET", "MODALITY"}, {"CalledAET", "ORTHANC"}};
  for (long at = 1;; ++at) {
    ASSERT_LT(at, 100);
    const AllocationFailures failure(at);
    const OrthancPluginErrorCode code = context.store(id, file, metadata);
    const long failed = failure.failed();
    ASSERT_EQ(code, OrthancPluginErrorCode_Success) << at;
    if (failed == 0) break;
  }
  for (const std::string& strange : {std::string(), std::string("DICM"), file.substr(0, 140), std::string(1'000'000, '\xff')})
    EXPECT_EQ(context.store(id, strange, metadata), OrthancPluginErrorCode_Success);
  EXPECT_EQ(context.store(id, file, {}), OrthancPluginErrorCode_Success);
  EXPECT_EQ(context.store("", file, metadata), OrthancPluginErrorCode_Success);
  end();
}

TEST_F(PluginCallbacksTest, StartsLaterWhenThereWasNoMemory) {
  // Aim: each allocation of our start fails in turn: Orthanc hears of it as an error code, and the next stable study
  // starts us all the same.
  for (long at = 1;; ++at) {
    ASSERT_LT(at, 1'000);
    ASSERT_EQ(OrthancPluginInitialize(context.get()), 0);
    std::promise<void> asked;
    bool first = true;
    context.in_call = [&](const std::string&) {
      if (first) asked.set_value();
      first = false;
    };
    long failed = 0;
    {
      const AllocationFailures failure(at);
      const OrthancPluginErrorCode code = context.change(OrthancPluginChangeType_OrthancStarted);
      failed = failure.failed();
      EXPECT_EQ(code == OrthancPluginErrorCode_Plugin, failed > 0) << at;
    }
    EXPECT_EQ(context.change(OrthancPluginChangeType_StableStudy), OrthancPluginErrorCode_Success);
    asked.get_future().wait();
    end();
    if (failed == 0) break;
    context.in_call = [](const std::string&) {};
  }
}

TEST_F(PluginCallbacksTest, OrthancStartsAndStoresWhateverOursIs) {
  // Aim: no configuration, nonsense, one that names nothing of ours, a section that is none: Orthanc starts, its calls
  // succeed, the page answers.
  for (const std::string& text : {std::string(), std::string("{"), std::string("[]"), std::string("{}"), std::string(R"({"RadFM": 7})"),
                                  std::string(R"({"RadFM": {"Configuration": "/nowhere/at/all.json"}})"),
                                  std::string(R"({"RadFM": {"Configuration": "/"}})")}) {
    context.configuration = text;
    run();
    for (const OrthancPluginChangeType type : arrivals) EXPECT_EQ(context.change(type), OrthancPluginErrorCode_Success);
    EXPECT_EQ(context.get_page("/radfm/"), 200) << text;
    EXPECT_NE(context.get_page("/radfm/api/v1/status"), 0) << text;
    end();
  }
}

TEST_F(PluginCallbacksTest, AnswersHaveALimit) {
  // Aim: an answer of answer_bytes_max bytes is taken, one more is refused by name and not copied.
  PluginOrthancApi api(context.get());
  for (const std::size_t size : {answer_bytes_max, answer_bytes_max + 1}) {
    context.answer = [&](OrthancPluginMemoryBuffer* body, std::uint16_t* status) {
      body->data = std::calloc(size, 1);
      body->size = static_cast<std::uint32_t>(size);
      *status = 200;
      return OrthancPluginErrorCode_Success;
    };
    const auto answer = api.get("/studies/x");
    EXPECT_EQ(answer.ok(), size == answer_bytes_max);
    EXPECT_EQ(answer ? "" : answer.error().code, size == answer_bytes_max ? "" : "answer_too_large");
  }
}

TEST_F(PluginCallbacksTest, RefusalsAreValues) {
  // Aim: whatever Orthanc answers becomes an error with its retry class; nothing gone is taken for a trouble.
  PluginOrthancApi api(context.get());
  struct Case {
    OrthancPluginErrorCode code;
    std::uint16_t status;
    const char* expected;
  };
  for (const Case& one : {Case{OrthancPluginErrorCode_UnknownResource, 0, not_found_code},
                          Case{OrthancPluginErrorCode_Success, 404, not_found_code},
                          Case{OrthancPluginErrorCode_Success, 500, "orthanc_unavailable"},
                          Case{OrthancPluginErrorCode_Database, 0, "orthanc_unavailable"},
                          Case{OrthancPluginErrorCode_NotEnoughMemory, 0, "orthanc_unavailable"}}) {
    context.answer = [&](OrthancPluginMemoryBuffer*, std::uint16_t* status) {
      *status = one.status;
      return one.code;
    };
    const auto answer = api.get("/studies/x");
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, one.expected);
  }
  context.with_orthanc([](FakeOrthanc& orthanc) { orthanc.fail("kept_text", 1); });
  EXPECT_EQ(api.kept_text().error().code, "orthanc_unavailable");
  context.with_orthanc([](FakeOrthanc& orthanc) { orthanc.fail("keep_text", 1); });
  EXPECT_EQ(api.keep_text("x").error().code, "orthanc_unavailable");
  EXPECT_TRUE(api.keep_text("x").ok());
  EXPECT_EQ(*api.kept_text(), "x");
}

}  // namespace
}  // namespace radfm::plugin
