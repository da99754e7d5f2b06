// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/input_digest.h"

#include <nlohmann/json.hpp>

#include "core/digest.h"

namespace radfm::draft {
namespace {

// Each piece with its length before it, so that no two sequences of pieces are the same stream.
void add(Sha256& sha, const void* data, std::size_t bytes) {
  const std::string length = std::to_string(bytes) + ":";
  sha.update(length.data(), length.size());
  sha.update(data, bytes);
}
void add(Sha256& sha, const std::string& text) { add(sha, text.data(), text.size()); }

}  // namespace

std::string input_digest(const Prepared& prepared, const std::string& model_digest, int max_new_tokens) {
  Sha256 sha;
  add(sha, model_digest);
  add(sha, std::to_string(max_new_tokens));
  add(sha, std::string(to_string(prepared.task)));
  std::vector<model::PromptCut> cuts;
  for (const PriorCut& cut : prepared.cuts) cuts.push_back(cut.parts);
  add(sha, model::to_json(cuts).dump());
  add(sha, model::to_json(prepared.prompt).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  for (std::size_t i = 0; i < prepared.images.size(); ++i) {
    const model::ImageShape& shape = prepared.shapes[i];
    for (const int size : {shape.width, shape.height, shape.depth, shape.channels}) add(sha, std::to_string(size));
    add(sha, prepared.images[i]->display.data(), prepared.images[i]->display.size());
  }
  return sha.hex();
}

}  // namespace radfm::draft
