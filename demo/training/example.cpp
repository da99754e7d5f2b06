// SPDX-License-Identifier: Apache-2.0
#include "demo/training/example.h"

#include <algorithm>
#include <cstring>

#include "pipeline/model/image_input.h"

namespace radfm::training {
namespace {

Error bad(const char* code, std::uint64_t number, const std::string& why) {
  return permanent_error(code, "record " + std::to_string(number) + ": " + why);
}

// Equal pixels give equal keys, and others others but for a chance of 2^-64 or so.
std::uint64_t key_of(const float* pixels, std::size_t count) {
  std::uint64_t key = count;
  for (std::size_t i = 0; i < count; ++i) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, pixels + i, sizeof bits);
    key = (key ^ bits) * 0x9E3779B97F4A7C15ull;
    key ^= key >> 29;
  }
  return key;
}

// One channel of each image when the training is grey, else all three.
Status take_pixels(const Record& record, const model::ModelConfig& config, int channels, Example& example) {
  std::vector<model::SourceImage> sources;
  for (const auto& picture : record.images) {
    if (channels == 1 && picture.shape.channels != 1)
      return bad("record_colour", example.number, "a colour picture; train with --colour");
    if (picture.pixels.size() != picture.shape.bytes())
      return bad("record_bad", example.number, "a picture has other pixels than its shape says");
    sources.push_back({picture.shape, picture.pixels.data()});
  }
  const auto input = model::prepare_images(sources, config);
  if (!input) return bad(input.error().code.c_str(), example.number, input.error().message);
  example.images = input->images;
  example.channels = channels;
  example.height = input->height;
  example.width = input->width;
  example.depth = input->depth;
  const std::size_t all = input->values.size() / static_cast<std::size_t>(input->images);
  const std::size_t kept = all / model::image_channels * static_cast<std::size_t>(channels);
  for (std::size_t i = 0; i < record.images.size(); ++i) {
    const auto first = input->values.begin() + static_cast<std::ptrdiff_t>(i * all);
    example.pixels.insert(example.pixels.end(), first, first + static_cast<std::ptrdiff_t>(kept));
    example.keys.push_back(key_of(example.pixels.data() + i * kept, kept));
  }
  return {};
}

// A map of one depth, of a picture beside a volume, is the same at each depth, as the picture is.
bool fit_map(std::vector<float>& map, std::size_t places, std::size_t depths) {
  if (map.empty() || map.size() == places * depths) return true;
  if (map.size() != places) return false;
  std::vector<float> repeated;
  for (const float value : map) repeated.insert(repeated.end(), depths, value);
  map = std::move(repeated);
  return true;
}

bool fits(const std::vector<int>& labels, const std::vector<LabelKinds::Classes>& kinds) {
  if (labels.empty()) return true;
  if (labels.size() != kinds.size()) return false;
  for (std::size_t k = 0; k < labels.size(); ++k)
    if (labels[k] != no_label && (labels[k] < 0 || labels[k] >= kinds[k].classes)) return false;
  return true;
}

Status take_labels(const Record& record, const LabelKinds& kinds, const model::VisionConfig& vision,
                   Example& example) {
  const std::size_t places = static_cast<std::size_t>(example.height / vision.patch) *
                             static_cast<std::size_t>(example.width / vision.patch);
  const auto depths = static_cast<std::size_t>(example.depth / vision.frame_patch);
  if (!record.labels.empty() && record.labels.size() != record.images.size())
    return bad("record_bad", example.number, "labels for another number of images");
  example.labels = record.labels;
  for (auto& labels : example.labels) {
    if (!fits(labels.classes, kinds.of_image))
      return bad("record_bad", example.number, "labels of an image that do not fit their kinds");
    if (!labels.maps.empty() && labels.maps.size() != kinds.maps.size())
      return bad("record_bad", example.number, "maps that do not fit their kinds");
    for (auto& map : labels.maps)
      if (!fit_map(map, places, depths))
        return bad("record_bad", example.number,
                   "a map of " + std::to_string(map.size()) + " values; the patch grid has " +
                       std::to_string(places) + " places in " + std::to_string(depths) + " depths");
  }
  if (!fits(record.pair_labels, kinds.of_pair) || (!record.pair_labels.empty() && record.images.size() < 2))
    return bad("record_bad", example.number, "labels of a pair that do not fit");
  example.pair_labels = record.pair_labels;
  return {};
}

// Where a token ends in the answer's bytes is known from the text of all tokens up to it.
std::vector<float> token_weights(const Record& record, const std::vector<int>& ids, const model::Tokenizer& tokenizer,
                                 float emphasis_weight) {
  std::vector<float> weights;
  std::size_t begin = 0;
  std::vector<int> read;
  for (const int id : ids) {
    read.push_back(id);
    const std::size_t end = tokenizer.decode(read).size();
    const bool touches = std::any_of(record.emphasis.begin(), record.emphasis.end(), [&](const Emphasis& stretch) {
      return stretch.begin < end && begin < stretch.end;
    });
    weights.push_back(end <= record.given ? 0.0f : touches ? emphasis_weight : 1.0f);
    begin = end;
  }
  return weights;
}

Status take_text(const Record& record, const model::Tokenizer& tokenizer, const model::ModelConfig& config,
                 float emphasis_weight, Example& example) {
  for (const auto& part : record.prompt)
    if (const auto* image = std::get_if<model::ImagePart>(&part); image && image->image >= record.images.size())
      return bad("record_bad", example.number, "the prompt speaks of an image that is not there");
  for (const auto& stretch : record.emphasis)
    if (stretch.begin > stretch.end || stretch.end > record.answer.size())
      return bad("record_bad", example.number, "an emphasis outside of the answer");
  if (record.given > record.answer.size()) return bad("record_bad", example.number, "more of the answer is given than it has");
  example.ids = tokenizer.encode(record.prompt);
  example.answer_begin = example.ids.size();
  const auto answer = answer_ids(tokenizer, record.answer);
  example.ids.insert(example.ids.end(), answer.begin(), answer.end());
  example.ids.push_back(model::end_token);
  if (example.ids.size() > static_cast<std::size_t>(config.llama.context))
    return bad("record_too_long", example.number,
               std::to_string(example.ids.size()) + " tokens with its answer; the model's context holds " +
                   std::to_string(config.llama.context));
  example.weights = token_weights(record, answer, tokenizer, emphasis_weight);
  example.weights.push_back(1.0f);  // </s>
  return {};
}

}  // namespace

std::vector<int> answer_ids(const model::Tokenizer& tokenizer, const std::string& answer) {
  auto ids = tokenizer.encode({answer});
  ids.erase(ids.begin());  // <s>
  return ids;
}

Result<Example> prepare_example(const Record& record, std::uint64_t number, const LabelKinds& kinds,
                                const model::Tokenizer& tokenizer, const model::ModelConfig& config,
                                const ExampleOptions& options) {
  Example example;
  example.number = number;
  if (!record.images.empty())
    if (auto taken = take_pixels(record, config, options.channels, example); !taken) return taken.error();
  if (auto taken = take_labels(record, kinds, config.vision, example); !taken) return taken.error();
  if (options.language)
    if (auto taken = take_text(record, tokenizer, config, options.emphasis_weight, example); !taken)
      return taken.error();
  return example;
}

}  // namespace radfm::training
