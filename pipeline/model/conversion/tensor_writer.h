// SPDX-License-Identifier: Apache-2.0
// Writes the tensors of a plan, one after the other in pieces, and digests them on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "pipeline/model/conversion/output_folder.h"
#include "pipeline/model/conversion/shard_plan.h"
#include "pipeline/model/model_files.h"

namespace radfm::model {

// The plan must outlive it.
class TensorWriter {
 public:
  // `written` is told of each piece; false cancels ("conversion_cancelled").
  static Result<TensorWriter> create(const ShardPlan& plan, const OutputFolder& folder,
                                     std::function<bool(std::uint64_t bytes)> written);

  // The next piece of the tensor whose turn it is, in the order of the plan. Pieces end where tensors end.
  Status append(const std::uint8_t* data, std::size_t bytes);
  // All tensors are there, and on the disk.
  Result<std::string> finish();  // the digest

 private:
  TensorWriter(const ShardPlan& plan, std::function<bool(std::uint64_t)> written) : plan_(plan), written_(std::move(written)) {}

  const ShardPlan& plan_;
  std::function<bool(std::uint64_t)> written_;
  std::vector<OutputFile> files_;
  WeightsDigest digest_;
  std::size_t tensor_ = 0;     // whose turn it is
  std::uint64_t in_tensor_ = 0;  // bytes of it that are written
};

Error conversion_cancelled();

}  // namespace radfm::model
