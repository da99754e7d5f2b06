// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/known_answer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "pipeline/model/file_text.h"
#include "pipeline/model/seed_weights.h"

namespace radfm::model {
namespace {

using nlohmann::json;

constexpr const char* file_name = "known_answer.json";
constexpr int format = 1;
constexpr std::size_t name_bytes_max = 200;
constexpr const char* record_again = " Record it again with radfmctl model record DIR.";

Error bad(const std::string& why) {
  return permanent_error("model_known_answer_bad", std::string(file_name) + ": " + why + "." + record_again);
}

Error differs(const std::string& how) {
  return permanent_error(
      "model_known_answer_differs",
      "the model does not compute what was recorded for these weights: " + how +
          ". The weights are undamaged (their digest was checked), so it is the library, the memory, or the processor or "
          "GPU. Try model.device cpu with model.dtype f32; if that agrees, do not trust the other device. After a "
          "deliberate change of libtorch: radfmctl model record DIR.");
}

template <class Value>
bool read_numbers(const json& list, std::size_t size_min, std::size_t size_max, std::vector<Value>& values) {
  if (!list.is_array() || list.size() < size_min || list.size() > size_max) return false;
  for (const json& value : list) {
    if (std::is_integral_v<Value> ? !value.is_number_integer() : !value.is_number()) return false;
    values.push_back(value.get<Value>());
  }
  return true;
}

bool ids_in_range(const std::vector<int>& ids, int count) {
  return std::all_of(ids.begin(), ids.end(), [&](int id) { return id >= 0 && id < count; });
}

Result<KnownAnswer> parse(const json& root, const ModelConfig& config) {
  if (!root.is_object() || root.value("format", json()) != format) return bad("it is no known answer of format 1");
  const json logits = root.value("logits", json::object()), digest = root.value("weights_digest", json()),
             image = root.value("image", json());
  if (!digest.is_string() || !image.is_string() || image.get_ref<const std::string&>().size() > name_bytes_max ||
      !logits.is_object() || !logits.value("min", json()).is_number() || !logits.value("max", json()).is_number())
    return bad("weights_digest, image or logits are missing or malformed");
  KnownAnswer answer;
  answer.weights_digest = digest.get<std::string>();
  answer.question.image = image.get<std::string>();
  answer.logits_min = logits["min"].get<double>();
  answer.logits_max = logits["max"].get<double>();
  const auto latents = static_cast<std::size_t>(config.perceiver.latents);
  const std::size_t steps = known_answer_tokens, kept = known_logit_ids(config).size();
  if (!read_numbers(root.value("prompt", json()), 1, latents + 3 + known_answer_text_ids, answer.question.prompt) ||
      !read_numbers(root.value("new_ids", json()), steps, steps, answer.new_ids) ||
      !read_numbers(root.value("margins", json()), steps, steps, answer.margins) ||
      !read_numbers(logits.value("values", json()), kept, kept, answer.logits))
    return bad("prompt, new_ids, margins or logits.values are missing, malformed or of another length");
  if (!ids_in_range(answer.question.prompt, config.first_placeholder(1)) ||
      !ids_in_range(answer.new_ids, config.llama.vocab))
    return bad("it names a token that a model of these sizes does not have");
  if (answer.question.prompt.size() + steps > static_cast<std::size_t>(config.llama.context))
    return bad("its prompt does not fit the context of config.json");
  if (!(answer.logits_max > answer.logits_min)) return bad("its logits have no range");
  return answer;
}

bool write_all(int fd, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(fd, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    done += static_cast<std::size_t>(written);
  }
  return ::fsync(fd) == 0;
}

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

}  // namespace

KnownQuestion known_question(const ModelConfig& config, int number) {
  KnownQuestion question;
  question.image = "known answer " + std::to_string(number);
  question.prompt = {1, config.image_token()};
  for (int i = 0; i < config.perceiver.latents; ++i) question.prompt.push_back(config.first_placeholder(0) + i);
  question.prompt.push_back(config.image_end_token());
  // Words: any but the three control tokens.
  const std::uint64_t hash = name_hash(question.image), words = static_cast<std::uint64_t>(config.llama.vocab) - 3;
  for (std::size_t i = 0; i < known_answer_text_ids; ++i)
    question.prompt.push_back(3 + static_cast<int>(drawn_unit(hash, i) * static_cast<float>(words)));
  return question;
}

ModelInput known_image(const ModelConfig& config, const std::string& name) {
  ModelInput input{1, config.vision.image_height, config.vision.image_width, config.vision.frame_patch, {}};
  input.values.resize(static_cast<std::size_t>(image_channels) * static_cast<std::size_t>(input.height) *
                      static_cast<std::size_t>(input.width) * static_cast<std::size_t>(input.depth));
  const std::uint64_t hash = name_hash(name);
  for (std::size_t i = 0; i < input.values.size(); ++i) input.values[i] = drawn_unit(hash, i);
  return input;
}

std::vector<int> known_logit_ids(const ModelConfig& config) {
  const std::size_t vocab = static_cast<std::size_t>(config.llama.vocab), count = std::min(known_answer_logits, vocab);
  std::vector<int> ids;
  for (std::size_t i = 0; i < count; ++i) ids.push_back(static_cast<int>(i * vocab / count));
  return ids;
}

double known_answer_tolerance(WeightType type) {
  switch (type) {
    case WeightType::f32:
      return 1e-3;
    case WeightType::f16:
      return 1e-2;
    case WeightType::bf16:
      return 5e-2;
    case WeightType::int8:
      return 5e-2;
    case WeightType::int4:
      return 3e-1;
  }
  broken_invariant("a compute type without a tolerance");
}

Result<std::optional<KnownAnswer>> read_known_answer(const std::filesystem::path& directory,
                                                     const ModelConfig& config,
                                                     const std::string& weights_digest) {
  std::error_code error;
  const auto file = directory / file_name;
  if (!std::filesystem::exists(std::filesystem::symlink_status(file, error))) return std::optional<KnownAnswer>();
  const auto text = read_file_text(file, known_answer_bytes_max);
  if (!text) return text.error();
  auto answer = parse(json::parse(*text, nullptr, false), config);
  if (!answer) return answer.error();
  if (answer->weights_digest != weights_digest) return bad("it was recorded for other weights");
  return std::optional<KnownAnswer>(std::move(*answer));
}

Status write_known_answer(const std::filesystem::path& directory, const KnownAnswer& answer) {
  const json root = {{"format", format},
                     {"weights_digest", answer.weights_digest},
                     {"prompt", answer.question.prompt},
                     {"image", answer.question.image},
                     {"new_ids", answer.new_ids},
                     {"margins", answer.margins},
                     {"logits", {{"min", answer.logits_min}, {"max", answer.logits_max}, {"values", answer.logits}}}};
  const auto failed = [&](const char* doing) {
    return transient_error("disk_failed", std::string(doing) + " " + (directory / file_name).string() + ": " +
                                              std::strerror(errno));
  };
  std::string beside = (directory / (std::string(file_name) + ".XXXXXX")).string();
  const int fd = ::mkostemp(beside.data(), O_CLOEXEC);
  if (fd < 0) return failed("cannot write beside");
  const bool written = write_all(fd, root.dump() + "\n") && ::fchmod(fd, 0644) == 0;
  ::close(fd);
  if (!written || std::rename(beside.c_str(), (directory / file_name).c_str()) != 0) {
    const Error error = failed("cannot write");
    ::unlink(beside.c_str());
    return error;
  }
  return {};
}

double logit_distance(const KnownAnswer& recorded, const KnownAnswer& computed) {
  double worst = 0;
  for (std::size_t i = 0; i < recorded.logits.size(); ++i) {
    const double distance = std::abs(recorded.logits[i] - computed.logits[i]);
    worst = std::isfinite(distance) ? std::max(worst, distance) : INFINITY;
  }
  return worst / (recorded.logits_max - recorded.logits_min);
}

Status compare_known_answer(const KnownAnswer& recorded, const KnownAnswer& computed, WeightType type) {
  const double distance = logit_distance(recorded, computed);
  if (distance > known_answer_tolerance(type))
    return differs("a logit is " + shown(100 * distance) + " % of the logits' range away, " +
                   shown(100 * known_answer_tolerance(type)) + " % are allowed in " + std::string(compute_type_name(type)));
  const double allowed = known_answer_tolerance(type) * (recorded.logits_max - recorded.logits_min);
  for (std::size_t i = 0; i < recorded.new_ids.size(); ++i) {
    // Two tokens can change places when rounding moves each of them against the other.
    if (type != WeightType::f32 && recorded.margins[i] <= 2 * allowed) return {};
    if (recorded.new_ids[i] != computed.new_ids[i])
      return differs("token " + std::to_string(i + 1) + " is " + std::to_string(computed.new_ids[i]) + ", recorded is " +
                     std::to_string(recorded.new_ids[i]) + " with a margin of " + shown(recorded.margins[i]));
  }
  return {};
}

}  // namespace radfm::model
