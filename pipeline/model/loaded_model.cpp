// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/loaded_model.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <new>

#include "pipeline/model/generation.h"
#include "pipeline/model/prompt_fitting.h"
#include "pipeline/model/radfm.h"
#include "pipeline/model/tokenizer.h"

namespace radfm::model {
namespace {

Error unavailable(const std::string& device, const std::string& why) {
  return permanent_error("device_unavailable", "model.device is " + device + ", " + why);
}

int gpu_count() {
#ifdef RADFM_CUDA
  return at::hasCUDA() ? static_cast<int>(at::detail::getCUDAHooks().deviceCount()) : 0;
#else
  return 0;
#endif
}

Result<Placement> place(const std::string& device) {
  if (device == "cpu" || (device == "auto" && gpu_count() == 0)) return Placement{};
  int index = 0;
  if (device.starts_with("cuda:")) {
    const std::string digits = device.substr(5);
    if (digits.empty() || digits.size() > 3 || digits.find_first_not_of("0123456789") != std::string::npos)
      return unavailable(device, "which is none of auto, cpu, cuda, cuda:N");
    index = std::stoi(digits);
  } else if (device != "cuda" && device != "auto") {
    return unavailable(device, "which is none of auto, cpu, cuda, cuda:N");
  }
#ifndef RADFM_CUDA
  return unavailable(device,
                     "but this engine was built without CUDA; set it to cpu or build with -DRADFM_CUDA=ON");
#endif
  if (index >= gpu_count())
    return unavailable(device,
                       "but this machine shows " + std::to_string(gpu_count()) + " GPUs; check nvidia-smi");
  return Placement{at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index)), true};
}

const char* type_name(at::ScalarType type) {
  return type == at::kBFloat16 ? "bf16" : type == at::kHalf ? "f16" : "f32";
}

// Torch's exceptions as values. Their first line names sizes and operators, never a prompt's text.
template <class Value, class Work>
Result<Value> caught(const Work& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return poison_error("engine_out_of_memory", "the model ran out of memory");
  } catch (const c10::OutOfMemoryError&) {
    return poison_error("engine_out_of_memory", "the model ran out of memory on its device");
  } catch (const c10::Error& error) {
    const std::string line = error.what_without_backtrace();
    return poison_error("engine_failed",
                        "libtorch failed: " + line.substr(0, std::min<std::size_t>(line.find('\n'), 300)));
  }
}

Status check_prompt(const Prompt& prompt, std::size_t images, const GenerateOptions& options) {
  if (options.max_new_tokens < 1) return permanent_error("bad_prompt", "max_new_tokens must be 1 or more");
  if (prompt.empty()) return permanent_error("bad_prompt", "the prompt is empty");
  for (const auto& part : prompt)
    if (const auto* image = std::get_if<ImagePart>(&part); image && image->image >= images)
      return permanent_error("bad_prompt", "the prompt speaks of an image that was not sent");
  return {};
}

}  // namespace

struct LoadedModel::State {
  ModelConfig config;
  ModelFacts facts;
  Tokenizer tokenizer;
  Radfm network;
};

LoadedModel::LoadedModel(std::unique_ptr<State> state) : state_(std::move(state)) {}
LoadedModel::LoadedModel(LoadedModel&&) noexcept = default;
LoadedModel& LoadedModel::operator=(LoadedModel&&) noexcept = default;
LoadedModel::~LoadedModel() = default;

const ModelFacts& LoadedModel::facts() const {
  return state_->facts;
}
const ModelConfig& LoadedModel::config() const {
  return state_->config;
}

Result<LoadedModel> LoadedModel::load(const LoadOptions& options,
                                      const std::function<void(std::int64_t, std::int64_t)>& progress) {
  const auto placement = place(options.device);
  if (!placement) return placement.error();
  if (options.threads > 0) at::set_num_threads(options.threads);
  auto files = open_model_files(options.directory);
  if (!files) return files.error();
  const ModelConfig& config = files->config;
  auto tokenizer = Tokenizer::load(options.directory / "tokenizer.model", config);
  if (!tokenizer) return tokenizer.error();
  return caught<LoadedModel>([&]() -> Result<LoadedModel> {
    const auto weights = Weights::load(*files, *placement, progress);
    if (!weights) return weights.error();
    ModelFacts facts;
    facts.name = files->card.name;
    facts.version = files->card.version;
    facts.digest = weights->digest();
    facts.weights_from_seed = files->from_seed();
    facts.weights_note = files->weights_note();
    facts.parameters = parameters_of(config);
    facts.device = placement->device.str();
    facts.dtype = type_name(weights->type());
    facts.image_height = config.vision.image_height;
    facts.image_width = config.vision.image_width;
    facts.depth_max = config.input.depth_max;
    facts.context_tokens = config.llama.context;
    return LoadedModel(std::make_unique<State>(
        State{config, std::move(facts), std::move(tokenizer).value(), Radfm(config, *weights)}));
  });
}

Result<Generated> LoadedModel::generate(const Prompt& prompt, const std::vector<SourceImage>& images,
                                        const GenerateOptions& options, const Progress& progress,
                                        const std::atomic<bool>* cancelled) {
  if (auto fits = check_prompt(prompt, images.size(), options); !fits) return fits.error();
  return caught<Generated>([&]() -> Result<Generated> {
    const auto fitted =  // before the images cost anything
        fit_prompt(prompt, options, state_->config.llama.context,
                   [&](const Prompt& counted) { return state_->tokenizer.encode(counted).size(); });
    if (!fitted) return fitted.error();
    const auto ids = state_->tokenizer.encode(fitted->prompt);
    std::vector<SourceImage> named;
    for (const std::size_t image : fitted->images) named.push_back(images[image]);
    auto input = prepare_images(named, state_->config);
    if (!input) return input.error();
    GenerationControl control;
    control.cancelled = cancelled;
    if (progress)
      control.progress = [&](const char* stage, int done, int of, const std::vector<int>& tokens) {
        progress(stage, done, of, state_->tokenizer.decode(tokens));
      };
    auto tokens = generate_tokens(state_->network, ids, *input, options.max_new_tokens, control);
    if (!tokens) return tokens.error();
    Generated generated;
    generated.text = state_->tokenizer.decode(tokens->ids);
    generated.token_ids = std::move(tokens->ids);
    generated.stopped = tokens->stopped;
    generated.prompt_tokens = static_cast<int>(ids.size());
    generated.cuts_made = fitted->cuts_made;
    if (fitted->cuts_made > 0) generated.flags.push_back("prompt_shortened");
    if (tokens->repeats) generated.flags.push_back("repeats");
    generated.vision_ms = tokens->vision_ms;
    generated.prefill_ms = tokens->prefill_ms;
    generated.decode_ms = tokens->decode_ms;
    return generated;
  });
}

}  // namespace radfm::model
