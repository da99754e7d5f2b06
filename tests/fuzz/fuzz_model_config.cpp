// SPDX-License-Identifier: Apache-2.0
// Any bytes as config.json and as card.json: what is accepted is written and read again to the same.
#include <nlohmann/json.hpp>

#include "pipeline/model/model_card.h"
#include "pipeline/model/model_config.h"
#include "tests/fuzz/fuzz_input.h"

using namespace radfm::model;
using radfm::fuzz::must;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = radfm::fuzz::text_of(data, size);
  if (const auto config = parse_model_config(text); config.ok()) {
    must(parameters_of(*config) > 0, "an accepted model has parameters");
    const auto again = parse_model_config(to_json(*config).dump());
    must(again.ok() && to_json(*again) == to_json(*config), "a configuration survives being written");
  }
  if (const auto card = parse_model_card(text); card.ok()) {
    const auto again = parse_model_card(to_json(*card).dump());
    must(again.ok() && to_json(*again) == to_json(*card), "a card survives being written");
  }
  return 0;
}
