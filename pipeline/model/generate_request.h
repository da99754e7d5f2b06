// SPDX-License-Identifier: Apache-2.0
// A question to radfm-engine as it goes over the wire (engine_client.h), and what is no question. Links no torch.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "core/result.h"
#include "pipeline/model/prompt.h"
#include "pipeline/process/shared_memory.h"

namespace radfm::model {

struct EngineImage {
  ImageShape shape;
  process::SharedBytes pixels;  // shape.bytes() bytes, handed to the engine as they are
};

// permanent "bad_prompt": images without a place in the prompt or the other way round, an impossible shape, too much.
Status check_request(const Prompt& prompt, const std::vector<EngineImage>& images);

nlohmann::json generate_request(int id, const Prompt& prompt, const std::vector<EngineImage>& images, const GenerateOptions& options,
                                bool urgent);

}  // namespace radfm::model
