// SPDX-License-Identifier: Apache-2.0
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <gtest/gtest.h>

#include "pipeline/model/generation.h"
#include "pipeline/model/llama.h"
#include "tests/pipeline/model/tiny_network.h"

namespace radfm::model {
namespace {

at::Tensor tensor_of(const TensorView& view) {
  return at::from_blob(const_cast<std::uint8_t*>(view.data), view.shape, at::TensorOptions(at::kFloat))
      .clone();
}

double worst(const at::Tensor& a, const at::Tensor& b) {
  if (a.sizes() != b.sizes()) return INFINITY;
  return (a - b).abs().max().item<double>();
}

using Network = TestNetwork;

Network from_checkpoint(const ModelConfig& config, const std::filesystem::path& file, bool packed = false) {
  return network_of_file(config, file, {c10::kCPU, WeightType::f32, 1, packed});
}

Network scripted(const std::map<int, int>& next) {
  const TestFolder folder;
  const auto config = *parse_model_config(tiny_config_json().dump());
  return from_checkpoint(config, folder.write("model.safetensors", scripted_checkpoint(config, next)));
}

Network drawn() { return drawn_network(); }

std::vector<int> greedy(const Network& network, const std::vector<int>& prompt, int max_new_tokens,
                        std::string* stopped = nullptr) {
  auto generated = generate_tokens(network.radfm, prompt, {}, max_new_tokens, {});
  if (!generated) throw std::runtime_error(generated.error().message);
  if (stopped) *stopped = generated->stopped;
  return generated->ids;
}

// The script decides each token; </s> and <s> end the text and are no part of it.
TEST(Generation, StopsAtBothEndTokens) {
  std::string stopped;
  EXPECT_EQ(greedy(scripted({{5, 6}, {6, 7}, {7, 2}, {2, 9}}), {1, 5}, 20, &stopped),
            (std::vector<int>{6, 7}));
  EXPECT_EQ(stopped, "end");
  EXPECT_EQ(greedy(scripted({{5, 6}, {6, 1}}), {1, 5}, 20, &stopped), (std::vector<int>{6}));
  EXPECT_EQ(stopped, "end");
}

// Without an end token the limit ends it, exactly; the context is a limit too.
TEST(Generation, StopsAtItsLimits) {
  const auto network = scripted({{5, 6}, {6, 7}, {7, 5}});
  std::string stopped;
  EXPECT_EQ(greedy(network, {1, 5}, 3, &stopped).size(), 3u);
  EXPECT_EQ(stopped, "limit");
  std::vector<int> prompt(62, 3);
  prompt.push_back(5);  // 63 tokens: one place is left of 64
  EXPECT_EQ(greedy(network, prompt, 9, &stopped), (std::vector<int>{6}));
  EXPECT_EQ(stopped, "limit");
  prompt.push_back(5);
  EXPECT_EQ(generate_tokens(network.radfm, prompt, {}, 9, {}).error().code, "prompt_too_long");
}

// A loop is flagged, and its text is left as it is; a text without one is not flagged.
TEST(Generation, FlagsLoops) {
  const auto looping = generate_tokens(scripted({{5, 6}, {6, 7}, {7, 5}}).radfm, {1, 5}, {}, 30, {});
  EXPECT_TRUE(looping->repeats);
  EXPECT_EQ(looping->ids.size(), 30u);
  EXPECT_FALSE(generate_tokens(scripted({{5, 6}, {6, 7}, {7, 2}}).radfm, {1, 5}, {}, 30, {})->repeats);
  EXPECT_FALSE(ends_in_loop({9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}));     // eleven tokens
  EXPECT_TRUE(ends_in_loop({9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}));   // twelve
  EXPECT_FALSE(ends_in_loop({1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4}));  // three times
  EXPECT_TRUE(ends_in_loop({8, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4}));
}

// A cancel during a token keeps the tokens so far and computes no further one.
TEST(Generation, CancelsWithinOneToken) {
  const auto network = scripted({{5, 6}, {6, 7}, {7, 5}});
  std::atomic<bool> cancelled = false;
  GenerationControl control;
  control.cancelled = &cancelled;
  int calls = 0;
  control.progress = [&](const char* stage, int done, int, const std::vector<int>&) {
    ++calls;
    if (std::string(stage) == "generating" && done == 4) cancelled = true;
  };
  const auto generated = generate_tokens(network.radfm, {1, 5}, {}, 30, control);
  EXPECT_EQ(generated->stopped, "cancelled");
  EXPECT_EQ(generated->ids.size(), 4u);
  EXPECT_EQ(calls, 1 + 4);  // one layer of the prompt, four tokens
  EXPECT_EQ(generate_tokens(network.radfm, {1, 5}, {}, 30, control)->ids.size(),
            0u);  // cancelled before it began
}

// A cancel during the vision tower or the prompt is answered after the layer at work, not after the whole.
TEST(Generation, CancelsWithinALayer) {
  auto json = tiny_config_json();
  json["vision"]["depth"] = 5;
  json["llama"]["layers"] = 5;
  const auto config = *parse_model_config(json.dump());
  std::vector<NamedTensor> tensors;
  for (const auto& spec : tensors_of(config)) tensors.push_back({spec, draw_tensor("test", spec)});
  const TestFolder folder;
  const auto network = from_checkpoint(config, folder.write("model.safetensors", safetensors_bytes(tensors)));
  ModelInput image{1, 16, 16, 4, std::vector<float>(3 * 16 * 16 * 4, 0.5f)};
  int layers = 0;
  EXPECT_FALSE(network.radfm.encode_image(image, 0, {}, [&] { return ++layers < 2; }).defined());
  EXPECT_EQ(layers, 2);

  // Each layer of an image is told, so that who listens knows that something moves; the figures stay those of images.
  GenerationControl watched;
  int told = 0;
  watched.progress = [&](const char* stage, int done, int of, const std::vector<int>&) {
    if (std::string(stage) != "vision") return;
    ++told;
    EXPECT_EQ(done, 0);
    EXPECT_EQ(of, 1);
  };
  ASSERT_TRUE(generate_tokens(network.radfm, {1, 5}, image, 1, watched).ok());
  EXPECT_EQ(told, 1 + 5);

  std::atomic<bool> cancelled = false;
  GenerationControl control;
  control.cancelled = &cancelled;
  int last_layer = 0;
  control.progress = [&](const char* stage, int done, int, const std::vector<int>&) {
    if (std::string(stage) != "reading_prompt") return;
    last_layer = done;
    if (done == 2) cancelled = true;
  };
  const auto generated = generate_tokens(network.radfm, {1, 5, 9}, {}, 9, control);
  EXPECT_EQ(generated->stopped, "cancelled");
  EXPECT_EQ(last_layer, 2);
}

// An id of an image that the prompt does not have is an error, not another image's token.
TEST(Generation, RefusesMissingImages) {
  const auto network = drawn();
  EXPECT_EQ(generate_tokens(network.radfm, {1, 34}, {}, 3, {}).error().code, "prompt_image_missing");
  EXPECT_EQ(generate_tokens(network.radfm, {1, -1}, {}, 3, {}).error().code, "prompt_image_missing");
  EXPECT_TRUE(generate_tokens(network.radfm, {1, 33}, {}, 3, {}).ok());
  EXPECT_EQ(generate_tokens(network.radfm, {}, {}, 3, {}).error().code, "prompt_empty");
}

// Weights that compute no number give an error, never a text.
TEST(Generation, RefusesBrokenWeights) {
  const TestFolder folder;
  const auto config = *parse_model_config(tiny_config_json().dump());
  std::vector<NamedTensor> tensors;
  for (const auto& spec : tensors_of(config)) tensors.push_back({spec, draw_tensor("test", spec)});
  tensors.back().values.front() = NAN;
  const auto network = from_checkpoint(config, folder.write("model.safetensors", safetensors_bytes(tensors)));
  EXPECT_EQ(generate_tokens(network.radfm, {1, 5}, {}, 3, {}).error().code, "model_output_not_finite");
}

// Decoding with the cache gives the logits of reading the whole text at once.
TEST(Network, CacheEqualsNoCache) {
  const auto network = drawn();
  const std::vector<int> ids{1, 5, 9, 30, 4, 17, 22, 8};
  auto whole_cache = network.radfm.make_cache(8), cache = network.radfm.make_cache(8);
  const auto whole = network.radfm.prefill(*network.radfm.embed(ids, {}), whole_cache, 8);
  auto logits = network.radfm.prefill(*network.radfm.embed({1, 5, 9}, {}), cache, 1);
  EXPECT_LT(worst(logits, whole.narrow(0, 2, 1)), 1e-5);
  for (int i = 3; i < 8; ++i)
    EXPECT_LT(worst(network.radfm.decode_one(ids[static_cast<std::size_t>(i)], cache), whole.narrow(0, i, 1)),
              1e-5)
        << i;
}

// ---- golden cases ----

// Every stage of the vision part for every image, also for pictures that are not square, within the case's
// tolerance.
TEST(NetworkGolden, Vision) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  const at::NoGradGuard no_grad;
  const auto folder = golden / "vision-tiny";
  const auto json = read_json(folder / "case.json");
  auto sizes = json["config"];
  sizes["llama"] = {
      {"vocab", 16}, {"hidden", sizes["embedding_dim"]}, {"mlp", 8}, {"layers", 1}, {"heads", 2}};
  sizes.erase("embedding_dim");
  const auto config = parse_model_config(sizes.dump());
  ASSERT_TRUE(config.ok()) << config.error().message;
  const auto checkpoint = Checkpoint::open_file(folder / json["weights"].get<std::string>());
  ASSERT_TRUE(checkpoint.ok());
  ASSERT_TRUE(checkpoint->check(vision_tensors_of(*config)).ok());
  const auto weights = Weights::of_checkpoint(*checkpoint, vision_tensors_of(*config));
  const VisionEncoder encoder(config->vision, weights);
  const Perceiver perceiver(config->perceiver, weights);
  for (const auto& run : json["runs"]) {
    const auto expected = SafetensorsFile::open(folder / run["tensors"].get<std::string>());
    ASSERT_TRUE(expected.ok());
    const auto input = tensor_of(expected->tensors().at("input"));
    for (int image = 0; image < run["images"].get<int>(); ++image) {
      std::map<std::string, double> differences;
      const Observe compare = [&](const std::string& stage, const at::Tensor& value) {
        differences[stage] = worst(value, tensor_of(expected->tensors().at(stage))[image]);
      };
      perceiver.forward(encoder.forward(input[image], compare), compare);
      EXPECT_EQ(differences.size() + 1, run["stages"].size());  // all but fc
      for (const auto& [stage, difference] : differences)
        EXPECT_LE(difference, json["tolerance"].get<double>())
            << run["tensors"] << " image " << image << " " << stage;
    }
  }
}

// The whole model: embeddings, logits of the last four positions, and the greedy text, token by token.
void compare_model(const std::filesystem::path& folder, bool packed) {
  const auto json = read_json(folder / "case.json");
  const auto config = parse_model_config(json["config"].dump());
  ASSERT_TRUE(config.ok()) << config.error().message;
  const auto network = from_checkpoint(*config, folder / json["weights"].get<std::string>(), packed);
  for (const auto& prompt : json["prompts"]) {
    SCOPED_TRACE(prompt["note"].get<std::string>());
    const auto ids = prompt["ids"].get<std::vector<int>>();
    const auto input = golden_images(prompt["vision"]);
    std::vector<at::Tensor> images;
    at::Tensor image_tokens;
    for (int i = 0; i < input.images; ++i) {
      const auto one = network.radfm.encode_image(input, i);
      image_tokens = image_tokens.defined() ? at::cat({image_tokens, one}, 0) : one;
    }
    const auto expected = SafetensorsFile::open(folder / prompt["tensors"].get<std::string>());
    ASSERT_TRUE(expected.ok());
    const auto embeddings = network.radfm.embed(ids, image_tokens);
    ASSERT_TRUE(embeddings.ok());
    EXPECT_LE(worst(*embeddings, tensor_of(expected->tensors().at("inputs_embeds"))),
              json["tolerance"].get<double>());
    auto cache = network.radfm.make_cache(static_cast<std::int64_t>(ids.size()));
    EXPECT_LE(worst(network.radfm.prefill(*embeddings, cache, 4),
                    tensor_of(expected->tensors().at("logits_last4"))),
              json["tolerance_logits"].get<double>());

    auto new_ids = prompt["new_ids"].get<std::vector<int>>();
    const auto generated = generate_tokens(network.radfm, ids, input, static_cast<int>(new_ids.size()), {});
    ASSERT_TRUE(generated.ok()) << generated.error().message;
    if (prompt["stopped_at_eos"].get<bool>()) new_ids.pop_back();  // ours leaves the end token out
    EXPECT_EQ(generated->ids, new_ids);
  }
}

TEST(NetworkGolden, ModelTinyA) {
  // Raw ids, images named in any order, a prompt of 1211 tokens.
  GOLDEN_FOLDER_OR_SKIP(golden);
  for (const bool packed : {false, true}) compare_model(golden / "model-tiny-a", packed);
}

TEST(NetworkGolden, ModelTinyB) {
  // Weights stored as bfloat16 and computed in float32, as the reference did.
  GOLDEN_FOLDER_OR_SKIP(golden);
  for (const bool packed : {false, true}) compare_model(golden / "model-tiny-b-bf16", packed);
}

// The rotary tables are the reference's at every position that it lists, up to the end of the context.
TEST(NetworkGolden, Rotary) {
  GOLDEN_FOLDER_OR_SKIP(golden);
  const auto rope = SafetensorsFile::open(golden / "llama-layer-full" / "rope.safetensors");
  ASSERT_TRUE(rope.ok());
  LlamaConfig config;
  config.hidden = 5120;
  config.heads = 40;
  config.context = 4096;  // the case goes beyond the published 2048
  const double tolerance =
      read_json(golden / "llama-layer-full" / "case.json")["tolerance_rope_given_inv_freq"];
  const auto positions = values_of<std::int64_t>(rope->tensors().at("position"));
  for (const bool sine : {false, true}) {
    const auto table = rotary_table(config, sine);
    const auto expected = tensor_of(rope->tensors().at(sine ? "sin" : "cos"));
    for (std::size_t i = 0; i < positions.size(); ++i)
      EXPECT_LE(worst(table[positions[i]], expected[static_cast<std::int64_t>(i)]), tolerance)
          << positions[i];
  }
}

}  // namespace
}  // namespace radfm::model
