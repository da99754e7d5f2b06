// SPDX-License-Identifier: Apache-2.0
#include "demo/training/learner_files.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>

#include <cstring>

#include "pipeline/model/checkpoint.h"
#include "pipeline/model/conversion/output_folder.h"
#include "pipeline/model/conversion/shard_plan.h"

namespace radfm::training {
namespace {

constexpr std::uint64_t no_second_shard = std::uint64_t{1} << 62;

std::vector<PublishedTensor> state_tensors(const std::vector<Parameter>& parameters, const AdamState& state) {
  std::vector<PublishedTensor> tensors;
  const auto add = [&](const char* what, std::size_t p, const at::Tensor& value) {
    tensors.push_back(
        {{what + parameters[p].spec.name, parameters[p].spec.shape}, value.detach().cpu().contiguous()});
  };
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    add("value.", p, parameters[p].value);
    add("first.", p, state.first[p]);
    add("second.", p, state.second[p]);
  }
  tensors.push_back({{"updates", {static_cast<std::int64_t>(parameters.size())}}, at::stack(state.updates).cpu()});
  return tensors;
}

}  // namespace

Status write_tensors(const std::filesystem::path& file, const std::vector<PublishedTensor>& tensors) {
  std::vector<model::TensorSpec> specs;
  for (const auto& tensor : tensors) specs.push_back(tensor.spec);
  const auto plan = model::plan_shards(specs, model::WeightType::f32, no_second_shard);
  const std::filesystem::path fresh = file.string() + ".new";
  std::error_code error;
  std::filesystem::remove(fresh, error);  // of a process that was killed while writing
  {
    const auto out = model::OutputFile::create(fresh);
    if (!out) return out.error();
    const std::string& head = plan.shards.front().head;
    if (auto done = out->write(0, head.data(), head.size()); !done) return done;
    for (std::size_t i = 0; i < tensors.size(); ++i)
      if (auto done = out->write(plan.tensors[i].offset, tensors[i].value.data_ptr(), plan.tensors[i].bytes); !done)
        return done;
    if (auto durable = out->make_durable(); !durable) return durable;
  }
  std::filesystem::rename(fresh, file, error);
  if (error)
    return transient_error("conversion_cannot_write", file.string() + " cannot be written: " + error.message());
  return {};
}

Status save_state(const std::filesystem::path& file, const std::vector<Parameter>& parameters,
                  const AdamState& state) {
  return write_tensors(file, state_tensors(parameters, state));
}

Status load_state(const std::filesystem::path& file, std::vector<Parameter>& parameters, AdamState& state) {
  const auto checkpoint = model::Checkpoint::open_file(file);
  if (!checkpoint) return checkpoint.error();
  std::vector<model::TensorSpec> specs;
  for (const auto& tensor : state_tensors(parameters, state)) specs.push_back(tensor.spec);
  if (auto fits = checkpoint->check(specs); !fits) return fits.error();
  for (const auto& spec : specs)
    if (checkpoint->at(spec.name).type != model::WeightType::f32)
      return permanent_error("checkpoint_wrong_dtype", file.string() + ": " + spec.name + " is not float32");
  const at::NoGradGuard no_grad;
  const auto read = [&](const std::string& name, const at::Tensor& into) {
    const auto& view = checkpoint->at(name);
    at::Tensor values = at::empty(into.sizes(), at::TensorOptions(at::kFloat));
    std::memcpy(values.data_ptr(), view.data, view.bytes);
    into.copy_(values);
  };
  at::Tensor updates = at::stack(state.updates);
  read("updates", updates);
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    const std::string& name = parameters[p].spec.name;
    read("value." + name, parameters[p].value);
    read("first." + name, state.first[p]);
    read("second." + name, state.second[p]);
    state.updates[p].copy_(updates.select(0, static_cast<std::int64_t>(p)));
  }
  return {};
}

}  // namespace radfm::training
