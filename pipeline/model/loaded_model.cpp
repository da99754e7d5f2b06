// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/loaded_model.h"

#include <ATen/Parallel.h>

#include <variant>

#include "core/log.h"
#include "pipeline/model/cuda_device.h"
#include "pipeline/model/embedding_cache.h"
#include "pipeline/model/engine_turn.h"
#include "pipeline/model/generation.h"
#include "pipeline/model/known_answer_check.h"
#include "pipeline/model/placement.h"
#include "pipeline/model/prompt_fitting.h"
#include "pipeline/model/radfm.h"
#include "pipeline/model/sequence.h"
#include "pipeline/model/tokenizer.h"
#include "pipeline/model/torch_failure.h"

namespace radfm::model {
namespace {

ModelFacts facts_of(const ModelFiles& files, const Placement& placement, const std::string& digest) {
  const ModelConfig& config = files.config;
  ModelFacts facts;
  facts.name = files.card.name;
  facts.version = files.card.version;
  facts.digest = digest;
  facts.weights_from_seed = files.from_seed();
  facts.notice = files.card.notice;
  facts.weights_note = files.weights_note();
  facts.parameters = parameters_of(config);
  facts.device = placement.device.str();
  facts.dtype = compute_type_name(placement.type);
  facts.image_height = config.vision.image_height;
  facts.image_width = config.vision.image_width;
  facts.depth_max = config.input.depth_max;
  facts.context_tokens = config.llama.context;
  facts.prompt_template = config.input.prompt_template;
  return facts;
}

// What the facts say of the known answer: "recorded", or "equal", or "not recorded".
Result<std::string> record_answer(const Radfm& network, const ModelFiles& files, const std::string& digest) {
  const auto answer = sharpest_answer(network, digest);
  if (!answer) return answer.error();
  if (auto written = write_known_answer(files.directory, *answer); !written) return written.error();
  return std::string("recorded");
}

Result<std::string> check_answer(const Radfm& network, const ModelFiles& files, const std::string& digest,
                                 WeightType type) {
  const auto recorded = read_known_answer(files.directory, files.config, digest);
  if (!recorded) return recorded.error();
  if (!recorded->has_value()) {
    log_line(LogLevel::info, "engine",
             "the model directory records no known answer: only that numbers are finite and images count is checked; "
             "radfmctl model record DIR records one");
    if (auto sane = check_without_answer(network); !sane) return sane.error();
    return std::string("not recorded");
  }
  const auto computed = computed_answer(network, (*recorded)->question);
  if (!computed) return computed.error();
  if (auto equal = compare_known_answer(**recorded, *computed, type); !equal) return equal.error();
  return std::string("equal");
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
  EmbeddingCache embeddings;
  int answers_max = 1;
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
int LoadedModel::answers_max() const {
  return state_->answers_max;
}

Result<LoadedModel> LoadedModel::load(const LoadOptions& options,
                                      const std::function<void(std::int64_t, std::int64_t)>& progress) {
  if (options.threads > 0) at::set_num_threads(options.threads);
  auto files = open_model_files(options.directory);
  if (!files) return files.error();
  const bool record = options.record_known_answer;
  const auto placement = place(record ? PlacementWish{"cpu", "f32"} : PlacementWish{options.device, options.dtype}, *files,
                               options.memory ? *options.memory : available_memory());
  if (!placement) return placement.error();
  if (placement->device.is_cuda()) cuda::set_deterministic();
  const ModelConfig& config = files->config;
  auto tokenizer = Tokenizer::load(options.directory / "tokenizer.model", config);
  if (!tokenizer) return tokenizer.error();
  return caught<LoadedModel>([&]() -> Result<LoadedModel> {
    const auto weights = Weights::load(*files, *placement, progress);
    if (!weights) return weights.error();
    Radfm network(config, *weights);
    const auto known = record ? record_answer(network, *files, weights->digest())
                              : check_answer(network, *files, weights->digest(), placement->type);
    if (!known) return known.error();
    ModelFacts facts = facts_of(*files, *placement, weights->digest());
    facts.known_answer = *known;
    EmbeddingCache embeddings(std::int64_t{options.embedding_cache_mb} << 20, facts.digest, facts.dtype);
    return LoadedModel(std::make_unique<State>(State{config, std::move(facts), std::move(tokenizer).value(),
                                                     std::move(network), std::move(embeddings),
                                                     placement->answers_max}));
  });
}

struct Answer::State {
  const Tokenizer& tokenizer;
  std::vector<int> prompt;
  int cuts_made = 0;
  std::optional<Sequence> sequence;
};

Answer::Answer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Answer::~Answer() = default;
bool Answer::has_ended() const { return state_->sequence->has_ended(); }
bool Answer::decodes() const { return state_->sequence->decodes(); }

Result<Generated> Answer::result() const {
  const Result<GeneratedTokens>& tokens = state_->sequence->result();
  if (!tokens) return tokens.error();
  Generated generated;
  generated.text = state_->tokenizer.decode(tokens->ids);
  generated.token_ids = tokens->ids;
  generated.stopped = tokens->stopped;
  generated.prompt_tokens = static_cast<int>(state_->prompt.size());
  generated.cuts_made = state_->cuts_made;
  if (state_->cuts_made > 0) generated.flags.push_back("prompt_shortened");
  if (tokens->repeats) generated.flags.push_back("repeats");
  generated.vision_ms = tokens->vision_ms;
  generated.prefill_ms = tokens->prefill_ms;
  generated.decode_ms = tokens->decode_ms;
  generated.images_encoded = tokens->images_encoded;
  generated.images_from_cache = tokens->images_from_cache;
  return generated;
}

Result<std::unique_ptr<Answer>> LoadedModel::begin(const Prompt& prompt, const std::vector<SourceImage>& images,
                                                   const GenerateOptions& options, AnswerControl control) {
  if (auto fits = check_prompt(prompt, images.size(), options); !fits) return fits.error();
  return caught<std::unique_ptr<Answer>>([&]() -> Result<std::unique_ptr<Answer>> {
    const auto fitted =  // before the images cost anything
        fit_prompt(prompt, options, state_->config.llama.context,
                   [&](const Prompt& counted) { return state_->tokenizer.encode(counted).size(); });
    if (!fitted) return fitted.error();
    std::vector<SourceImage> named;
    for (const std::size_t image : fitted->images) named.push_back(images[image]);
    auto input = prepare_images(named, state_->config);
    if (!input) return input.error();
    GenerationControl inner;
    inner.cancelled = control.cancelled;
    inner.embeddings = &state_->embeddings;
    if (control.progress)
      inner.progress = [progress = std::move(control.progress), &tokenizer = state_->tokenizer](
                           const char* stage, int done, int of, const std::vector<int>& tokens) {
        progress(stage, done, of, tokenizer.decode(tokens));
      };
    auto state = std::make_unique<Answer::State>(
        Answer::State{state_->tokenizer, state_->tokenizer.encode(fitted->prompt), fitted->cuts_made, {}});
    state->sequence.emplace(state_->network, state->prompt, std::make_shared<const ModelInput>(std::move(*input)),
                            options.max_new_tokens, std::move(inner));
    return std::unique_ptr<Answer>(new Answer(std::move(state)));
  });
}

void LoadedModel::advance(const std::vector<Answer*>& answers) {
  std::vector<Sequence*> decoding;
  Sequence* preparing = nullptr;
  for (Answer* answer : answers) {
    Sequence& sequence = *answer->state_->sequence;
    if (sequence.decodes())
      decoding.push_back(&sequence);
    else if (!preparing && !sequence.has_ended())
      preparing = &sequence;
  }
  // What torch throws ends those that it was thrown for; because of which one of several nobody knows.
  const auto stepped = [](const std::vector<Sequence*>& sequences, const std::function<void()>& step) {
    const auto done = caught<std::monostate>([&]() -> Result<std::monostate> {
      step();
      return std::monostate();
    });
    if (done) return;
    const Error error = sequences.size() == 1
                            ? done.error()
                            : transient_error(failed_together_code, "a step of " + std::to_string(sequences.size()) +
                                                                        " answers together failed: " + done.error().message);
    for (Sequence* sequence : sequences)
      if (!sequence->has_ended()) sequence->fail(error);
  };
  if (!decoding.empty()) stepped(decoding, [&] { decode_together(decoding); });
  if (preparing) stepped({preparing}, [&] { preparing->prepare_step(); });
}

Result<Generated> LoadedModel::generate(const Prompt& prompt, const std::vector<SourceImage>& images,
                                        const GenerateOptions& options, const Progress& progress,
                                        const std::atomic<bool>* cancelled, const std::function<void()>& between_steps) {
  auto answer = begin(prompt, images, options, {progress, cancelled});
  if (!answer) return answer.error();
  while (!(*answer)->has_ended()) {
    if (between_steps) between_steps();
    advance({answer->get()});
  }
  return (*answer)->result();
}

}  // namespace radfm::model
