// SPDX-License-Identifier: Apache-2.0
// Records that are drawn as they are asked for: phantoms, what is asked about them (demo/exercise.h), the right answers, and
// labels of all that is known of the pictures.
#pragma once

#include "demo/exercise.h"
#include "demo/phantom_maps.h"
#include "demo/training/record.h"
#include "pipeline/model/model_config.h"

namespace radfm::training {

// Odd numbers are of volume prompts (at least one CT among the images), even ones of radiographs alone; in stage "instruct"
// every third of these has no image and continues a report. Another seed gives other patients throughout.
class PhantomRecords : public RecordSource {
 public:
  // Of the configuration the grid of the patches and the depth of volumes are taken, nothing else.
  PhantomRecords(std::uint64_t seed, const model::ModelConfig& config);

  const LabelKinds& kinds() const override { return kinds_; }
  bool is_volume(std::uint64_t number) const override { return number % 2 == 1; }
  Record record(Stage stage, std::uint64_t number) const override;
  // The same for each seed, so that each training of phantoms has the same vocabulary.
  std::uint64_t texts() const override { return 20'000; }
  std::string text(std::uint64_t number) const override;
  // What the record is drawn from, for those who judge answers.
  demo::Exercise exercise(Stage stage, std::uint64_t number) const;

 private:
  std::uint64_t seed_;
  model::ModelConfig config_;
  LabelKinds kinds_;
};

// A record of any exercise; `labelled`: with labels and maps.
Record record_of(const demo::Exercise& exercise, const phantom::PatchGrid& grid, bool labelled);

// What stands in LabelKinds, in this order.
enum class ImageLabel { kind, side, zone, size, heart, modality, diagnostic };
enum class PairLabel { change, heart_change };
LabelKinds phantom_label_kinds();

// The words of an answer that name attributes.
std::vector<Emphasis> attribute_words(const std::string& answer);

}  // namespace radfm::training
