// SPDX-License-Identifier: Apache-2.0
// Every frame of the real files of other projects against independently decoded figures (expected.json of the
// reference data).
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdatset.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "pipeline/imaging/codecs.h"
#include "pipeline/imaging/dicom_source.h"
#include "pipeline/imaging/frame_decoder.h"
#include "tests/pipeline/imaging/dicom_files.h"

namespace radfm::imaging {
namespace {

using testing::OpenFiles;
using testing::reference_folder;

// Files whose pixels must be refused, and why.
const std::map<std::string, std::string> refused = {
    {"MR_truncated.dcm", "broken"},  // fewer bytes than pixels
    {"badVR.dcm", "broken"},         // 1A frames
};

struct Figures {
  std::vector<int> shape;
  double low = 0, high = 0, mean = 0;
};

std::string text(const nlohmann::json& entry, const char* key) {
  return entry.contains(key) && entry[key].is_string() ? entry[key].get<std::string>() : "";
}

Result<Figures> figures_of(const std::string& name) {
  OpenFiles files;
  files.add_path(reference_folder() + "/" + name);
  const auto bytes = map_file(files.inputs().front().fd, std::size_t{1} << 30);
  if (!bytes) return bytes.error();
  auto parsed = parse_file(*bytes, 64);
  if (!parsed) return parsed.error();
  const auto decoder = FrameDecoder::open(*parsed->data_set, parsed->transfer_syntax_uid);
  if (!decoder) return decoder.error();
  Figures out;
  if (decoder->frames() > 1) out.shape.push_back(decoder->frames());
  out.shape.insert(out.shape.end(), {decoder->format().rows, decoder->format().columns});
  if (decoder->format().samples > 1) out.shape.push_back(decoder->format().samples);
  std::vector<double> all;
  for (int frame = 0; frame < decoder->frames(); ++frame) {
    const auto stored = decoder->decode(frame);
    if (!stored) return stored.error();
    all.insert(all.end(), stored->values.begin(), stored->values.end());
    all.insert(all.end(), stored->reals.begin(), stored->reals.end());
  }
  const auto [low, high] = std::minmax_element(all.begin(), all.end());
  out.low = *low;
  out.high = *high;
  out.mean = std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
  return out;
}

TEST(ReferenceFrames, ValuesAreThoseOfOtherDecoders) {
  // Shape, minimum, maximum and mean of the stored values of all frames: equal where coding is exact, within
  // 1 of grey and 3 of colour where JPEG is lossy; refused by its code where the file is cut off.
  if (reference_folder().empty()) GTEST_SKIP() << "needs data/dicom in RADFM_SHARED";
  prepare_decoders();
  std::ifstream stream(reference_folder() + "/expected.json");
  const auto entries = nlohmann::json::parse(stream);
  int compared = 0;
  for (const auto& entry : entries) {
    if (!entry.contains("expect") || !entry["expect"].is_object()) continue;
    const std::string name = text(entry, "file"), syntax = text(entry, "ts");
    SCOPED_TRACE(name);
    const auto got = figures_of(name);
    const auto refusal = refused.find(name);
    if (refusal != refused.end()) {
      ASSERT_FALSE(got.ok());
      EXPECT_EQ(got.error().code, refusal->second);
      ++compared;
      continue;
    }
    ASSERT_TRUE(got.ok()) << got.error().code << ": " << got.error().message;
    const bool lossy_jpeg = syntax == "1.2.840.10008.1.2.4.50" || syntax == "1.2.840.10008.1.2.4.51";
    const double tolerance = !lossy_jpeg ? 0 : text(entry, "SamplesPerPixel") == "1" ? 1 : 3;
    const auto& expected = entry["expect"];
    EXPECT_EQ(got->shape, expected["shape"].get<std::vector<int>>());
    EXPECT_NEAR(got->low, expected["min"].get<double>(), tolerance);
    EXPECT_NEAR(got->high, expected["max"].get<double>(), tolerance);
    EXPECT_NEAR(got->mean, expected["mean"].get<double>(), lossy_jpeg ? 0.5 : 6e-5);
    ++compared;
  }
  RecordProperty("compared", compared);
  EXPECT_GE(compared, 50);
}

}  // namespace
}  // namespace radfm::imaging
