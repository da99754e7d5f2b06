// SPDX-License-Identifier: Apache-2.0
// Kind "model-tiny": the whole model, from token ids and images to the greedy text.
#include <ATen/ops/cat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pipeline/model/check/case_tokenizer.h"
#include "pipeline/model/check/network_case.h"
#include "pipeline/model/generation.h"
#include "pipeline/model/seed_weights.h"

namespace radfm::model::check {
namespace {

constexpr std::size_t new_tokens_max = 4096;

struct GoldenPrompt {
  std::vector<int> ids, new_ids;
  ModelInput input;
  bool stopped_at_eos = false;

  GoldenPrompt(const Fields& fields, const ModelConfig& config)
      : ids(fields.ids("ids")),
        new_ids(fields.ids("new_ids")),
        stopped_at_eos(fields.flag("stopped_at_eos")) {
    const Fields vision = fields.object("vision");
    const auto shape = vision.shape("shape", 6);  // [1, S, 3, H, W, D]
    require_input_shape({shape.begin() + 1, shape.end()}, config, vision);
    const std::string fill = vision.text("fill");
    if (fill != "zeros" && fill != "formula") vision.wrong("fill", "must be zeros or formula");
    if (ids.empty() || new_ids.empty() || ids.size() + new_ids.size() > 1u << 16)
      fields.wrong("ids", "ids and new_ids must not be empty, and at most 65536 together");
    if (new_ids.size() > new_tokens_max) fields.wrong("new_ids", "too many");
    input = {static_cast<int>(shape[1]),
             static_cast<int>(shape[3]),
             static_cast<int>(shape[4]),
             static_cast<int>(shape[5]),
             {}};
    input.values.resize(static_cast<std::size_t>(shape[1] * shape[2] * shape[3] * shape[4] * shape[5]));
    if (fill != "formula") return;
    const auto hash = name_hash(vision.text("name"));
    for (std::size_t i = 0; i < input.values.size(); ++i) input.values[i] = drawn_unit(hash, i);
  }

  // What this product writes of it: it stops at both <s> and </s>, and leaves them out.
  std::vector<int> product_ids() const {
    const auto end = std::find_if(new_ids.begin(), new_ids.end(),
                                  [](int id) { return id == start_token || id == end_token; });
    return {new_ids.begin(), end};
  }
};

// Greedy as the case's configuration says: on over </s>, to `eos` or the limit; the end token is part of it.
std::vector<int> greedy_to(int eos, std::size_t limit, const Radfm& network, at::Tensor logits,
                           KeyValueCache& cache) {
  std::vector<int> ids;
  while (true) {
    const auto row = floats_of(logits.narrow(0, logits.size(0) - 1, 1));
    ids.push_back(static_cast<int>(std::max_element(row.begin(), row.end()) - row.begin()));
    if (ids.back() == eos || ids.size() >= limit) return ids;
    logits = network.decode_one(ids.back(), cache);
  }
}

class ModelCheck {
 public:
  ModelCheck(Case& golden, const Fields& fields, ModelConfig config, int eos, const std::string& label)
      : golden_(golden),
        config_(std::move(config)),
        eos_(eos),
        label_(label),
        tolerance_(fields.tolerance("tolerance")),
        tolerance_logits_(fields.tolerance("tolerance_logits")) {}

  void compare(const Fields& fields, const Radfm& network, CaseFindings& findings) {
    const std::string name = label_ + fields.text("tensors") + " ";
    const GoldenTensors file = golden_.tensors(fields, "tensors");
    const GoldenPrompt prompt(fields, config_);
    const auto logits_shape = file.shape("logits_last4");
    if (logits_shape.size() != 2 || logits_shape[0] < 1 ||
        logits_shape[0] > static_cast<std::int64_t>(prompt.ids.size()) ||
        logits_shape[1] != config_.llama.vocab)
      fields.wrong("tensors", "logits_last4 must be [positions, vocabulary]");
    if (golden_.mistakes().any()) return;

    const std::vector<std::int64_t> ids(prompt.ids.begin(), prompt.ids.end());
    findings.add(compare_exact(name + "ids", ids, file.wholes("ids")));
    std::vector<at::Tensor> images;
    for (int i = 0; i < prompt.input.images; ++i) images.push_back(network.encode_image(prompt.input, i));
    const auto embeddings = network.embed(prompt.ids, at::cat(images, 0));
    if (!embeddings) return refused(name + "inputs_embeds", embeddings.error(), findings);
    findings.add(compare_values(name + "inputs_embeds", floats_of(*embeddings), file.floats("inputs_embeds"),
                                tolerance_));

    KeyValueCache cache =
        network.make_cache(static_cast<std::int64_t>(prompt.ids.size() + prompt.new_ids.size()));
    const at::Tensor logits = network.prefill(*embeddings, cache, static_cast<int>(logits_shape[0]));
    findings.add(compare_values(name + "logits_last4", floats_of(logits), file.floats("logits_last4"),
                                tolerance_logits_));
    const auto limit = prompt.new_ids.size();
    findings.add(
        compare_exact(name + "new_ids", greedy_to(eos_, limit, network, logits, cache), prompt.new_ids));
    findings.add(compare_exact(name + "stopped_at_eos", std::vector<int>{prompt.new_ids.back() == eos_},
                               std::vector<int>{prompt.stopped_at_eos}));
    const auto generated = generate_tokens(network, prompt.ids, prompt.input, static_cast<int>(limit), {});
    if (!generated) return refused(name + "generated", generated.error(), findings);
    findings.add(compare_exact(name + "generated", generated->ids, prompt.product_ids()));
  }

 private:
  static void refused(const std::string& name, const Error& error, CaseFindings& findings) {
    Comparison comparison;
    comparison.name = name;
    comparison.worst = 1;
    comparison.difference = "refused: " + error.message;
    findings.add(comparison);
  }

  Case& golden_;
  ModelConfig config_;
  int eos_;
  std::string label_;
  double tolerance_, tolerance_logits_;
};

// Prompts that were written as text: their ids, and the text of what was generated.
Status compare_texts(Case& golden, const std::vector<Fields>& prompts, const ModelConfig& config,
                     const CheckOptions& options, CaseFindings& findings) {
  const bool any = std::any_of(prompts.begin(), prompts.end(), [](const Fields& prompt) {
    return prompt.has("text") || prompt.has("decoded");
  });
  if (!any) return {};
  const auto file = find_tokenizer(golden, "tokenizer/tokenizer.model", options);
  if (!file) return file.error();
  const auto tokenizer = load_tokenizer(*file, config.llama.vocab, config.perceiver.latents);
  if (!tokenizer) return tokenizer.error();
  EntryComparison ids("text -> ids"), texts("new_ids -> decoded");
  for (const Fields& prompt : prompts) {
    if (prompt.has("text"))
      ids.entry(compare_exact("", tokenizer->encode_with_specials(prompt.text("text"), prompt_special_images),
                              prompt.ids("ids")));
    if (prompt.has("decoded"))
      texts.entry(compare_exact("", tokenizer->decode(prompt.ids("new_ids")), prompt.text("decoded")));
  }
  findings.add(ids.result());
  findings.add(texts.result());
  return {};
}

// The end token that the case's generate() stopped at.
int end_token_of(const Fields& config) {
  const Fields llama = config.object("llama");
  return llama.has("eos_token_id") ? static_cast<int>(llama.whole("eos_token_id", 0, 1 << 20)) : start_token;
}

void compare_token_ids(const Fields& config, const ModelConfig& sizes, CaseFindings& findings) {
  if (!config.has("image_token_ids")) return;
  const Fields ids = config.object("image_token_ids");
  std::vector<std::int64_t> expected;
  for (const char* key : {"image", "image_end", "first"}) expected.push_back(ids.whole(key, 0, 1 << 30));
  findings.add(compare_exact(
      "image_token_ids",
      std::vector<std::int64_t>{sizes.image_token(), sizes.image_end_token(), sizes.first_placeholder(0)},
      expected));
}

Result<Checkpoint> open_weights(const std::filesystem::path& file, const ModelConfig& config) {
  auto checkpoint = Checkpoint::open(file);
  if (!checkpoint) return permanent_error("case_unreadable", checkpoint.error().message);
  if (auto fits = checkpoint->check(tensors_of(config)); !fits)
    return permanent_error("case_unreadable", fits.error().message);
  return checkpoint;
}

void compare_prompts(Case& golden, const Fields& fields, const std::vector<Fields>& prompts,
                     const ModelConfig& config, int eos, const Checkpoint& checkpoint,
                     const std::string& label, CaseFindings& findings) {
  const Radfm network(config, weights_of(tensors_of(config), stored_weights(checkpoint, golden.mistakes())));
  ModelCheck check(golden, fields, config, eos, label);
  for (const Fields& prompt : prompts)
    if (!golden.mistakes().any()) check.compare(prompt, network, findings);
}

// The needed tensors of two files, bit by bit, and how many names the authors' has.
void compare_checkpoints(const Fields& fields, const Checkpoint& own, const Checkpoint& authors,
                         const ModelConfig& config, CaseFindings& findings) {
  EntryComparison tensors("checkpoint: needed tensors");
  for (const TensorSpec& spec : tensors_of(config)) {
    const auto one = own.read(spec.name), other = authors.read(spec.name);
    tensors.entry(
        one.ok() && other.ok() && own.at(spec.name).type == authors.at(spec.name).type && *one == *other,
        spec.name);
  }
  findings.add(tensors.result());
  const auto count = [&](const char* key, std::size_t own_count) {
    if (fields.has(key))
      findings.add(compare_exact(key, std::vector{static_cast<std::int64_t>(own_count)},
                                 std::vector{fields.whole(key, 0, INT64_MAX)}));
  };
  count("checkpoint_names", authors.names().size());
  count("needed_names", tensors_of(config).size());
}

}  // namespace

Result<CaseFindings> check_model_tiny(Case& golden, const CheckOptions& options) {
  const Fields fields = golden.fields(), sizes = fields.object("config");
  auto config = parse_model_config(sizes.as_json().dump());
  if (!config) return permanent_error("case_unreadable", config.error().message);
  if (parameters_of(*config) > check_parameters_max)
    return permanent_error("case_unreadable",
                           "the model has more than " + std::to_string(check_parameters_max) + " parameters");
  const auto prompts = fields.objects("prompts");
  std::size_t longest = 0;
  for (const Fields& prompt : prompts)
    longest = std::max(longest, prompt.ids("ids").size() + prompt.ids("new_ids").size());
  config->llama.context =
      std::max(config->llama.context, static_cast<int>(std::min<std::size_t>(longest + 1, 1u << 16)));
  const int eos = end_token_of(sizes);
  const auto weights = golden.file(fields, "weights");
  if (golden.mistakes().any()) return golden.mistakes().first();
  const auto checkpoint = open_weights(weights, *config);
  if (!checkpoint) return checkpoint.error();

  CaseFindings findings;
  compare_token_ids(sizes, *config, findings);
  compare_prompts(golden, fields, prompts, *config, eos, *checkpoint, "", findings);
  if (auto texts = compare_texts(golden, prompts, *config, options, findings); !texts) return texts.error();
  if (!fields.has("checkpoint")) return findings;

  // The same through the authors' file, as a conversion reads it.
  const auto authors_file = golden.file(fields, "checkpoint");
  if (golden.mistakes().any()) return golden.mistakes().first();
  const auto authors = open_weights(authors_file, *config);
  if (!authors) return authors.error();
  compare_checkpoints(fields, *checkpoint, *authors, *config, findings);
  compare_prompts(golden, fields, prompts, *config, eos, *authors, authors_file.filename().string() + " ",
                  findings);
  return findings;
}

}  // namespace radfm::model::check
