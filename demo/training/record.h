// SPDX-License-Identifier: Apache-2.0
// What a model is trained on: records of images, a text with the images' places, and the answer. Where the truth of an
// image is known (drawn phantoms), labels teach the vision tower directly; a record without labels teaches by its answer
// alone. No torch and no DICOM here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/model/prompt.h"

namespace radfm::training {

// As imaging hands it to the model: shape.bytes() values, [depth][row][column][channels], 0 black to 255 white.
struct Picture {
  model::ImageShape shape;
  std::vector<std::uint8_t> pixels;
};

// What a record source can label. Heads that read them exist in training only and are not part of the model.
struct LabelKinds {
  struct Classes {
    std::string name;  // "kind", "side", ...
    int classes = 2;
  };
  std::vector<Classes> of_image;   // read from one image's projected latents
  std::vector<Classes> of_pair;    // read from the latents of a record's first and second image together: "change", ...
  std::vector<std::string> maps;   // read from each patch token of the vision tower: "nodule", "right lung", ...
};

inline constexpr int no_label = -1;  // a class that is not asked of this image (the side of no finding)

struct ImageLabels {
  std::vector<int> classes;              // one for each of LabelKinds::of_image; empty: none known
  std::vector<std::vector<float>> maps;  // one for each of LabelKinds::maps, each [rows][columns][depths] of the patch
                                         // grid, 0 to 1 and 1 in its best place; an empty one is not asked
};

struct Emphasis {
  std::size_t begin = 0, end = 0;  // bytes of the answer: words that name an attribute weigh more than those between
};

struct Record {
  std::vector<Picture> images;
  std::vector<ImageLabels> labels;  // one for each image, or none at all
  std::vector<int> pair_labels;     // one for each of LabelKinds::of_pair, or empty
  model::Prompt prompt;
  std::string answer;
  std::size_t given = 0;            // so many of its first bytes are given, not learned
  std::vector<Emphasis> emphasis;
};

// Prompt and answer in one, images left out.
inline std::string text_of(const model::Prompt& prompt, const std::string& answer) {
  std::string text;
  for (const model::PromptPart& part : prompt)
    if (const auto* words = std::get_if<std::string>(&part)) text += *words;
  return text + " " + answer;
}

// Endless records, the same for the same number on every machine. Safe from any thread. Pictures that several records in a
// row show (several questions about one study) are read and learned from once in a step: a vision tower costs more than a
// question.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  virtual const LabelKinds& kinds() const = 0;
  // Of stage "caption" (images alone, their labels, a short caption) or "instruct" (all tasks).
  enum class Stage { caption, instruct };
  // Records are drawn in groups, so that a batch can be of one shape: all images of a volume group are volumes.
  virtual bool is_volume(std::uint64_t number) const = 0;
  virtual Record record(Stage stage, std::uint64_t number) const = 0;
  // Texts of its language, [0, texts()): what a vocabulary is learned from. No held-out record is among them.
  virtual std::uint64_t texts() const = 0;
  virtual std::string text(std::uint64_t number) const = 0;
};

}  // namespace radfm::training
