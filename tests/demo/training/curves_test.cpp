// SPDX-License-Identifier: Apache-2.0
#include "demo/training/curves.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "demo/training/record_picture.h"
#include "demo/training/worker_pool.h"
#include "tests/demo/training/test_folder.h"

namespace radfm::training {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// Rows after the last state are dropped when a run goes on, and empty cells stay empty; a file that is no such table is
// begun anew.
TEST(CurveFile, GoesOnAfterTheLastState) {
  const TestFolder folder;
  const auto file = folder.path / "curve.csv";
  {
    auto curve = CurveFile::open(file, {"loss", "kind"}, 0);
    ASSERT_TRUE(curve.ok());
    for (int step = 1; step <= 3; ++step) ASSERT_TRUE(curve->append({step, {step / 2.0, std::nan("")}}).ok());
  }
  const auto again = CurveFile::open(file, {"loss", "kind"}, 2);
  ASSERT_TRUE(again.ok());
  ASSERT_EQ(again->rows().size(), 2u);
  EXPECT_EQ(again->rows()[1].values[0], 1.0);
  EXPECT_TRUE(std::isnan(again->rows()[1].values[1]));
  EXPECT_EQ(text_of(file), "step,loss,kind\n1,0.5,\n2,1,\n");
  for (const char* other : {"step,loss\n1,2\n", "step,loss,kind\n1,x,\n", "step,loss,kind\n1,2\n", "\x89PNG"}) {
    folder.write("curve.csv", other);
    EXPECT_TRUE(CurveFile::open(file, {"loss", "kind"}, 9)->rows().empty()) << other;
  }
  EXPECT_EQ(CurveFile::open(folder.path / "none" / "curve.csv", {"loss"}, 0).error().code, "curve_cannot_write");
}

// The picture has a panel for the loss and one for each group of shares, also before there is anything to draw.
TEST(CurveFile, PictureHasItsPanels) {
  const TestFolder folder;
  auto losses = CurveFile::open(folder.path / "a.csv", {"loss"}, 0),
       shares = CurveFile::open(folder.path / "b.csv", {"kind"}, 0);
  ASSERT_TRUE(losses.ok() && shares.ok());
  const auto file = folder.path / "curves.png";
  ASSERT_TRUE(draw_curves(file, *losses, 0, *shares, {}).ok());
  const auto one = read_picture_shape(file);
  ASSERT_TRUE(losses->append({1, {2.0}}).ok() && losses->append({5, {0.5}}).ok() && shares->append({5, {0.75}}).ok());
  ASSERT_TRUE(draw_curves(file, *losses, 0, *shares, {{"held-out", {0}}}).ok());
  const auto two = read_picture_shape(file);
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ(two->height, 2 * one->height);
}

// Each worker is called with its own number, once a round; what one of them throws arrives, and the pool works on.
TEST(WorkerPool, ThrowsWhatAWorkerThrew) {
  WorkerPool pool(3, {});
  std::vector<int> called(3);
  pool.run([&](int worker) { ++called[static_cast<std::size_t>(worker)]; });
  EXPECT_THROW(pool.run([](int worker) {
    if (worker == 1) throw std::runtime_error("one");
  }),
               std::runtime_error);
  pool.run([&](int worker) { ++called[static_cast<std::size_t>(worker)]; });
  EXPECT_EQ(called, (std::vector<int>{2, 2, 2}));
}

}  // namespace
}  // namespace radfm::training
