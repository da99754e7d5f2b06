// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/engine_client.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/clock.h"
#include "pipeline/model/engine_process.h"
#include "pipeline/process/error_frame.h"
#include "pipeline/process/json_field.h"

namespace radfm::model {
namespace {

using process::field;
using process::int_field;
using process::text_field;

EngineProgress progress_of(const nlohmann::json& frame) {
  return {text_field(frame, "stage"), int_field(frame, "done"), int_field(frame, "of"), text_field(frame, "text")};
}

Result<process::ChildProcess> start_program(const EngineStart& start) {
  std::error_code ignored;
  const std::string directory = std::filesystem::absolute(start.model_directory, ignored).string();  // its folder is another
  return process::ChildProcess::start(start.program,
                                      {"--model", directory, "--device", start.device, "--dtype",
                                       start.dtype, "--threads", std::to_string(start.threads), "--embedding-cache-mb",
                                       std::to_string(start.embedding_cache_mb), "--known-answer",
                                       start.record_known_answer ? "record" : "check", "--jobs-at-once", std::to_string(start.jobs_at_once)},
                                      {});
}

}  // namespace

EngineClient::EngineClient(std::unique_ptr<EngineProcess> process, ModelFacts facts)
    : process_(std::move(process)), facts_(std::move(facts)) {}
EngineClient::EngineClient(EngineClient&&) noexcept = default;
EngineClient& EngineClient::operator=(EngineClient&&) noexcept = default;
EngineClient::~EngineClient() = default;

Result<EngineClient> EngineClient::start(const EngineStart& start, int wake_fd) {
  const SystemClock clock;
  const std::int64_t deadline_ms = clock.boot_ms() + start.load_timeout_ms;
  Result<process::ChildProcess> child = start_program(start);
  if (!child) return child.error();
  const auto failed = [&](const Error& why) { return engine_end(*child, why, "load the model", start.load_timeout_ms); };
  for (;;) {
    Result<process::Frame> frame = child->channel().receive(deadline_ms, wake_fd);
    if (!frame) return failed(frame.error());
    const std::string type = text_field(frame->json, "type");
    if (type == "ready") {
      return EngineClient(std::make_unique<EngineProcess>(std::move(*child), start.stall_timeout_ms, start.jobs_at_once),
                          model_facts_from_json(field(frame->json, "model")));
    }
    if (type == "error") return process::error_from_frame("engine", frame->json);
    if (clock.boot_ms() >= deadline_ms) return failed(transient_error("timeout", ""));
  }
}

bool EngineClient::alive() { return process_->alive(); }
pid_t EngineClient::pid() const { return process_->pid(); }

Result<Generated> EngineClient::generate(const Prompt& prompt, const std::vector<EngineImage>& images,
                                         const GenerateOptions& options, std::int64_t timeout_ms,
                                         const std::function<void(const EngineProgress&)>& progress, int wake_fd, EngineTurn turn) {
  if (Status status = check_request(prompt, images); !status) return status.error();
  std::vector<int> descriptors;
  for (const EngineImage& image : images) descriptors.push_back(image.pixels.fd());
  const auto question = std::make_shared<EngineQuestion>(turn, timeout_ms);
  const auto request = [&](int id) { return generate_request(id, prompt, images, options, question->is_urgent()); };
  if (Status sent = process_->send(question, request, descriptors, wake_fd); !sent) return sent.error();
  for (;;) {
    const Result<nlohmann::json> frame = process_->next_frame(question, wake_fd);
    if (!frame) return frame.error();
    const std::string type = text_field(*frame, "type");
    if (type == "error") return process::error_from_frame("engine", *frame);
    if (type == "progress") {
      if (progress) progress(progress_of(*frame));
      continue;
    }
    Generated generated = generated_from_json(field(*frame, "generated"));
    if (static_cast<std::size_t>(generated.cuts_made) <= options.cuts.size()) return generated;
    return process_->garbled(question, "it left out more of the prompt than it may");
  }
}

}  // namespace radfm::model
