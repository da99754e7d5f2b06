// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/conversion/tensor_writer.h"

#include <utility>

namespace radfm::model {

Error conversion_cancelled() {
  return cancelled_error("conversion_cancelled", "the conversion was stopped; nothing was left behind");
}

Result<TensorWriter> TensorWriter::create(const ShardPlan& plan, const OutputFolder& folder,
                                          std::function<bool(std::uint64_t)> written) {
  TensorWriter writer(plan, std::move(written));
  for (const auto& shard : plan.shards) {
    auto file = OutputFile::create(folder.path() / shard.file_name);
    if (!file) return file.error();
    if (auto done = file->write(0, shard.head.data(), shard.head.size()); !done) return done.error();
    writer.files_.push_back(std::move(file).value());
  }
  return writer;
}

Status TensorWriter::append(const std::uint8_t* data, std::size_t bytes) {
  const PlannedTensor& planned = plan_.tensors.at(tensor_);
  if (in_tensor_ == 0) digest_.begin(planned.tensor.spec, planned.tensor.dtype);
  if (in_tensor_ + bytes > planned.bytes) broken_invariant("a converted tensor is larger than was planned");
  digest_.append(data, bytes);
  if (auto done = files_[planned.shard].write(planned.offset + in_tensor_, data, bytes); !done) return done;
  in_tensor_ += bytes;
  if (in_tensor_ == planned.bytes) {
    ++tensor_;
    in_tensor_ = 0;
    // Tensors of a shard follow one another: with its last one it is complete.
    if (tensor_ == plan_.tensors.size() || plan_.tensors[tensor_].shard != planned.shard)
      if (auto durable = files_[planned.shard].make_durable(); !durable) return durable;
  }
  return written_(bytes) ? Status() : Status(conversion_cancelled());
}

Result<std::string> TensorWriter::finish() {
  if (tensor_ != plan_.tensors.size()) broken_invariant("a planned tensor was not written");
  return digest_.hex();
}

}  // namespace radfm::model
