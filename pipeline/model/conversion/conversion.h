// SPDX-License-Identifier: Apache-2.0
// A checkpoint made into a model directory: config.json, tokenizer.model, safetensors, card.json. Only the
// tensors that the network needs are read, a chunk at a time. The directory appears whole and verified, or
// not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/result.h"
#include "pipeline/model/checkpoint.h"
#include "pipeline/model/conversion/shard_plan.h"
#include "pipeline/model/model_card.h"
#include "pipeline/model/model_config.h"

namespace radfm::model {

enum class ConversionStage { converting, verifying };

struct ConversionOrder {
  ModelConfig config;
  std::filesystem::path tokenizer;  // SentencePiece model of config.llama.vocab pieces
  std::filesystem::path out;        // must not be there
  ModelCard card;                   // without digest
  // Nothing: as the checkpoint stores them (F16 becomes F32). int8, int4: the language model's matrices are quantised, all
  // else is BF16 (stored_tensors.h).
  std::optional<WeightType> type;
  std::uint64_t shard_bytes = shard_bytes_max;

  // Called between chunks; false cancels. Bytes are those of the stage.
  std::function<bool(ConversionStage stage, std::uint64_t done, std::uint64_t of)> progress;
  // Free bytes where `out` will be; empty: the file system is asked.
  std::function<std::uint64_t(const std::filesystem::path& folder)> free_bytes;
};

struct ConversionOutcome {
  std::string digest;  // WeightsDigest of what was written, and of what was read back
  WeightType type = WeightType::f32;
  std::uint64_t read_bytes = 0, written_bytes = 0;
  std::size_t tensors = 0, skipped_tensors = 0, shards = 0;
  std::int64_t parameters = 0;
};

// Errors: those of Checkpoint::check and read_chunks; permanent "conversion_out_exists", "conversion_source_quantised",
// "checkpoint_not_finite" (a value that cannot be quantised),
// "model_tokenizer_bad", "model_card_bad", "conversion_verify_failed"; transient "conversion_no_space" (how
// much is missing), "conversion_cannot_write"; cancelled "conversion_cancelled". After each of them nothing
// is left behind.
Result<ConversionOutcome> convert_checkpoint(const Checkpoint& checkpoint, const ConversionOrder& order);

}  // namespace radfm::model
