// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/conversion/conversion.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "pipeline/model/checkpoint/value_conversion.h"
#include "pipeline/model/conversion/output_folder.h"
#include "pipeline/model/conversion/row_packing.h"
#include "pipeline/model/conversion/tensor_writer.h"
#include "pipeline/model/conversion/tokenizer_pieces.h"
#include "pipeline/model/file_text.h"
#include "pipeline/model/model_files.h"

namespace radfm::model {
namespace {

constexpr std::size_t tokenizer_file_bytes_max = 32u << 20;
constexpr std::uint64_t spare_bytes = 64u
                                      << 20;  // for the file system's own book-keeping and the small files

std::string json_text(const nlohmann::json& json) {
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string gigabytes(std::uint64_t bytes) {
  constexpr double gigabyte = 1e9;
  std::string text = std::to_string(static_cast<double>(bytes) / gigabyte);
  return text.substr(0, text.find('.') + 3) + " GB";
}

WeightType type_of(const Checkpoint& checkpoint, const std::vector<TensorSpec>& tensors,
                   const ConversionOrder& order) {
  if (order.type) return *order.type;
  for (const auto& tensor : tensors)
    if (checkpoint.at(tensor.name).type != WeightType::bf16) return WeightType::f32;
  return WeightType::bf16;
}

Status check_space(const ConversionOrder& order, std::uint64_t needed) {
  std::filesystem::path folder = std::filesystem::absolute(order.out).parent_path();
  if (!order.out.has_filename()) folder = folder.parent_path();
  std::error_code error;
  std::uint64_t free = 0;
  if (order.free_bytes) {
    free = order.free_bytes(folder);
  } else {
    const auto space = std::filesystem::space(folder, error);
    if (error)
      return transient_error("conversion_cannot_write",
                             folder.string() + " is no folder to write into: " + error.message());
    free = space.available;
  }
  if (free >= needed) return {};
  return transient_error("conversion_no_space", "the model needs " + gigabytes(needed) + " in " +
                                                    folder.string() + ", where " + gigabytes(free) +
                                                    " are free; make room for " + gigabytes(needed - free) +
                                                    " more, or choose another --out");
}

Result<std::string> read_tokenizer(const ConversionOrder& order) {
  auto model = read_file_text(order.tokenizer, tokenizer_file_bytes_max);
  if (!model) return model.error();
  const auto pieces = count_tokenizer_pieces(*model);
  if (!pieces) return pieces.error();
  if (*pieces == static_cast<std::size_t>(order.config.llama.vocab)) return model;
  return permanent_error("model_tokenizer_bad",
                         order.tokenizer.string() + " has " + std::to_string(*pieces) +
                             " pieces, the model's vocabulary " + std::to_string(order.config.llama.vocab) +
                             "; give the tokenizer.model that the model was published with");
}

// Tells the stage's bytes, and whether to go on.
class Progress {
 public:
  Progress(const ConversionOrder& order, ConversionStage stage, std::uint64_t of)
      : order_(order), stage_(stage), of_(of) {}
  bool add(std::uint64_t bytes) {
    done_ += bytes;
    return !order_.progress || order_.progress(stage_, done_, of_);
  }

 private:
  const ConversionOrder& order_;
  ConversionStage stage_;
  std::uint64_t of_, done_ = 0;
};

// One tensor of the network, as it is stored in `type`.
Status convert_tensor(const Checkpoint& checkpoint, const TensorSpec& tensor, WeightType type, TensorWriter& writer) {
  const WeightType from = *checkpoint.at(tensor.name).type;
  const auto packed = is_quantised(type) ? packed_type(tensor, type) : std::nullopt;
  if (!packed) {
    std::vector<std::uint8_t> converted;
    return checkpoint.read_chunks(tensor.name, [&](const std::uint8_t* data, std::size_t bytes) {
      convert_values(data, bytes, from, plain_type(type), converted);
      return writer.append(converted.data(), converted.size());
    });
  }
  RowPacking packing(tensor.name, packed_shape(tensor, *packed), from,
                     [&](const std::uint8_t* data, std::size_t bytes) { return writer.append(data, bytes); });
  const auto read = checkpoint.read_chunks(
      tensor.name, [&](const std::uint8_t* data, std::size_t bytes) { return packing.add(data, bytes); });
  if (!read) return read;
  const auto scales = packing.finish();
  if (!scales) return scales.error();
  return writer.append(scales->data(), scales->size());
}

// Reads, converts and writes every tensor in the order of the digest; each lies where the plan says.
Result<std::string> write_tensors(const Checkpoint& checkpoint, const ConversionOrder& order,
                                  const std::vector<TensorSpec>& tensors, const ShardPlan& plan, WeightType type,
                                  const OutputFolder& folder) {
  Progress progress(order, ConversionStage::converting, plan.tensor_bytes);
  auto writer = TensorWriter::create(plan, folder, [&](std::uint64_t bytes) { return progress.add(bytes); });
  if (!writer) return writer.error();
  for (const auto& tensor : tensors)
    if (auto converted = convert_tensor(checkpoint, tensor, type, *writer); !converted) return converted.error();
  return writer->finish();
}

// What lies on the disk, read as any model directory is.
Status verify(const ConversionOrder& order, const ShardPlan& plan, const std::string& digest,
              const OutputFolder& folder) {
  const auto failed = [](const std::string& why) {
    return permanent_error("conversion_verify_failed", "what was written does not read back right: " + why +
                                                           "; check the disk and convert again");
  };
  const auto files = open_model_files(folder.path());
  if (!files) return failed(files.error().message);
  Progress progress(order, ConversionStage::verifying, plan.tensor_bytes);
  WeightsDigest again;
  for (const auto& planned : plan.tensors) {
    const std::string& name = planned.tensor.spec.name;
    again.begin(planned.tensor.spec, files->checkpoint->at(name).dtype);
    const auto read = files->checkpoint->read_chunks(name, [&](const std::uint8_t* data, std::size_t bytes) {
      again.append(data, bytes);
      return progress.add(bytes) ? Status() : Status(conversion_cancelled());
    });
    if (!read)
      return read.error().code == "conversion_cancelled" ? read.error() : failed(read.error().message);
  }
  const std::string found = again.hex();
  if (found != digest) return failed("its SHA-256 is " + found + ", not " + digest);
  return {};
}

}  // namespace

Result<ConversionOutcome> convert_checkpoint(const Checkpoint& checkpoint, const ConversionOrder& order) {
  ModelConfig config = order.config;
  config.weights_seed.clear();  // its weights come from files now
  config.weights_type = order.type && is_quantised(*order.type) ? order.type : std::nullopt;
  if (checkpoint.is_packed())
    return permanent_error("conversion_source_quantised", "the weights of this directory are quantised already; convert the "
                                                          "checkpoint that they were made of");
  const auto tensors = tensors_of(config);
  if (auto complete = checkpoint.check(tensors); !complete) return complete.error();
  const auto tokenizer = read_tokenizer(order);
  if (!tokenizer) return tokenizer.error();
  ModelCard card = order.card;
  if (const auto good = parse_model_card(json_text(to_json(card))); !good) return good.error();

  ConversionOutcome outcome;
  outcome.type = type_of(checkpoint, tensors, order);
  const ShardPlan plan = plan_shards(tensors, outcome.type, order.shard_bytes);
  auto folder = OutputFolder::create(order.out);
  if (!folder) return folder.error();
  if (auto room = check_space(order, plan.file_bytes + tokenizer->size() + spare_bytes); !room)
    return room.error();
  const auto digest = write_tensors(checkpoint, order, tensors, plan, outcome.type, *folder);
  if (!digest) return digest.error();

  card.digest = outcome.digest = *digest;
  const std::pair<const char*, std::string> files[] = {{"config.json", json_text(to_json(config))},
                                                       {"tokenizer.model", *tokenizer},
                                                       {"model.safetensors.index.json", plan.index},
                                                       {"card.json", json_text(to_json(card))}};
  for (const auto& [name, bytes] : files)
    if (!bytes.empty())
      if (auto written = folder->write_file(name, bytes); !written) return written.error();
  if (auto sound = verify(order, plan, *digest, *folder); !sound) return sound.error();
  if (auto published = folder->publish(); !published) return published.error();

  for (const auto& tensor : tensors) outcome.read_bytes += checkpoint.at(tensor.name).bytes;
  outcome.written_bytes = plan.file_bytes;
  outcome.tensors = tensors.size();
  outcome.skipped_tensors = checkpoint.names().size() - tensors.size();
  outcome.shards = plan.shards.size();
  outcome.parameters = parameters_of(config);
  return outcome;
}

}  // namespace radfm::model
