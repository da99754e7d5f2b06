// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/engine_client.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/clock.h"
#include "pipeline/process/error_frame.h"
#include "pipeline/process/json_field.h"
#include "pipeline/process/shared_memory.h"

namespace radfm::model {
namespace {

using process::field;
using process::Frame;
using process::int_field;
using process::text_field;

constexpr std::int64_t death_wait_ms = 2'000;   // from the closed channel to the end of the process
constexpr std::int64_t cancel_send_ms = 1'000;  // a cancel that the engine does not take is left to its end

Error timed_out() { return transient_error("timeout", ""); }
Error silent() { return transient_error("silent", ""); }
Error garbled(const std::string& why) { return transient_error("bad_frame", "the engine's answer cannot be right: " + why); }

Status check_request(const Prompt& prompt, const std::vector<EngineImage>& images) {
  const auto refuse = [](const char* why) { return permanent_error("bad_prompt", std::string("the prompt is refused: ") + why); };
  if (images.size() > prompt_images_max) return refuse("too many images");
  for (const EngineImage& image : images) {
    const ImageShape& shape = image.shape;
    if (shape.width <= 0 || shape.height <= 0 || shape.depth <= 0 || (shape.channels != 1 && shape.channels != 3) ||
        image.pixels.size() != shape.bytes()) {
      return refuse("an image has an impossible shape");
    }
  }
  std::size_t text_bytes = 0;
  std::set<std::size_t> used;
  for (const PromptPart& part : prompt) {
    if (const auto* text = std::get_if<std::string>(&part)) text_bytes += text->size();
    if (const auto* image = std::get_if<ImagePart>(&part)) {
      if (image->image >= images.size() || !used.insert(image->image).second) return refuse("its images do not match");
    }
  }
  if (used.size() != images.size()) return refuse("its images do not match");
  if (text_bytes > prompt_text_bytes_max) return refuse("too much text");
  return {};
}

nlohmann::json shapes_json(const std::vector<EngineImage>& images) {
  nlohmann::json list = nlohmann::json::array();
  for (const EngineImage& image : images) {
    list.push_back({{"width", image.shape.width},
                    {"height", image.shape.height},
                    {"depth", image.shape.depth},
                    {"channels", image.shape.channels}});
  }
  return list;
}

EngineProgress progress_of(const nlohmann::json& frame) {
  return {text_field(frame, "stage"), int_field(frame, "done"), int_field(frame, "of"), text_field(frame, "text")};
}

bool ends_request(const nlohmann::json& frame, int id) {
  const std::string type = text_field(frame, "type");
  return int_field(frame, "id") == id && (type == "result" || type == "error");
}

}  // namespace

Result<EngineClient> EngineClient::start(const EngineStart& start, int wake_fd) {
  const SystemClock clock;
  const std::int64_t deadline_ms = clock.boot_ms() + start.load_timeout_ms;
  std::error_code ignored;
  const std::string directory = std::filesystem::absolute(start.model_directory, ignored).string();  // its folder is another
  Result<process::ChildProcess> child =
      process::ChildProcess::start(start.program,
                                   {"--model", directory, "--device", start.device, "--dtype",
                                    start.dtype, "--threads", std::to_string(start.threads), "--embedding-cache-mb",
                                    std::to_string(start.embedding_cache_mb), "--known-answer",
                                    start.record_known_answer ? "record" : "check"},
                                   {});
  if (!child) return child.error();
  EngineClient client(std::move(*child), start.stall_timeout_ms);
  for (;;) {
    Result<Frame> frame = client.child_.channel().receive(deadline_ms, wake_fd);
    if (!frame) return client.explain(frame.error(), "load the model", start.load_timeout_ms);
    const std::string type = text_field(frame->json, "type");
    if (type == "ready") {
      client.facts_ = model_facts_from_json(field(frame->json, "model"));
      return client;
    }
    if (type == "error") return process::error_from_frame("engine", frame->json);
    if (clock.boot_ms() >= deadline_ms) return client.explain(timed_out(), "load the model", start.load_timeout_ms);
  }
}

bool EngineClient::alive() { return child_.running(); }
pid_t EngineClient::pid() const { return child_.pid(); }

Error EngineClient::death() {
  const std::optional<process::ChildEnd> end = child_.wait(death_wait_ms);
  return process::death_error("engine", end ? *end : child_.kill_and_reap());
}

// A device that hangs (a GPU that fell off the bus, a file system that does not answer) takes the engine's thread with it.
Error EngineClient::stalled() {
  child_.kill_and_reap();
  return poison_error("engine_stalled", "the engine said nothing for " + std::to_string(stall_timeout_ms_ / 1000) +
                                            " s while it answered and was killed: its device hangs, or model.stall_timeout_ms is "
                                            "too short for one layer of this model on it");
}

// The next thing that the engine says while it works: "silent" when that takes stall_timeout_ms, "timeout" at the deadline.
Result<Frame> EngineClient::next_frame(std::int64_t deadline_boot_ms, int wake_fd) {
  const std::int64_t silence_ends_ms = SystemClock().boot_ms() + stall_timeout_ms_;
  Result<Frame> frame = child_.channel().receive(std::min(deadline_boot_ms, silence_ends_ms), wake_fd);
  if (!frame && frame.error().code == "timeout" && silence_ends_ms < deadline_boot_ms) return silent();
  return frame;
}

// What a failed send or receive means. An engine that cannot be understood or does not answer is killed.
Error EngineClient::explain(const Error& error, const std::string& doing, std::int64_t limit_ms) {
  if (error.code == "peer_gone") return death();
  if (error.code == "silent") return stalled();
  if (error.code == "timeout") {
    child_.kill_and_reap();
    return poison_error("engine_timeout", "the engine did not " + doing + " within " + std::to_string(limit_ms / 1000) +
                                              " s and was killed; see model.*_timeout_ms");
  }
  if (error.code == "bad_frame") {
    child_.kill_and_reap();
    return poison_error("engine_garbled", error.message);
  }
  return error;
}

Error EngineClient::cancel(int id) {
  unfinished_id_ = id;
  const std::int64_t deadline_ms = SystemClock().boot_ms() + cancel_send_ms;
  if (Status sent = child_.channel().send({{"type", "cancel"}, {"id", id}}, {}, deadline_ms); !sent) {
    child_.kill_and_reap();  // half a frame may be on its way: nothing more can be said to it
  }
  return cancelled_error("woken", "the wait for the engine was given up on request");
}

// The engine still works on a cancelled request, or its last words lie in the channel: they are read and dropped before
// it is asked again, so that neither side ever waits for the other to read.
Status EngineClient::finish_cancelled(std::int64_t deadline_boot_ms, int wake_fd) {
  while (unfinished_id_ != 0) {
    Result<Frame> frame = next_frame(deadline_boot_ms, wake_fd);
    if (!frame && frame.error().code == "silent") {
      Error error = stalled();
      error.error_class = ErrorClass::transient;  // not this question's doing
      return error;
    }
    if (!frame) return frame.error();
    if (ends_request(frame->json, unfinished_id_)) unfinished_id_ = 0;
    if (SystemClock().boot_ms() >= deadline_boot_ms) return timed_out();
  }
  return {};
}

Result<Generated> EngineClient::generate(const Prompt& prompt, const std::vector<EngineImage>& images,
                                         const GenerateOptions& options, std::int64_t timeout_ms,
                                         const std::function<void(const EngineProgress&)>& progress, int wake_fd) {
  const std::string doing = "answer";
  const SystemClock clock;
  const std::int64_t deadline_ms = clock.boot_ms() + timeout_ms;
  if (Status status = check_request(prompt, images); !status) return status.error();
  if (!alive()) return death();
  child_.note_work_begins();
  if (Status status = finish_cancelled(deadline_ms, wake_fd); !status) return explain(status.error(), doing, timeout_ms);

  std::vector<int> descriptors;
  for (const EngineImage& image : images) descriptors.push_back(image.pixels.fd());
  const int id = next_id_++;
  const nlohmann::json request = {{"type", "generate"},
                                  {"id", id},
                                  {"prompt", to_json(prompt)},
                                  {"images", shapes_json(images)},
                                  {"max_new_tokens", options.max_new_tokens},
                                  {"cuts", to_json(options.cuts)}};
  const std::int64_t taken_by_ms = std::min(deadline_ms, clock.boot_ms() + stall_timeout_ms_);
  if (Status sent = child_.channel().send(request, descriptors, taken_by_ms); !sent) {
    const bool hangs = sent.error().code == "timeout" && taken_by_ms < deadline_ms;
    return explain(hangs ? silent() : sent.error(), doing, timeout_ms);
  }
  for (;;) {
    Result<Frame> frame = next_frame(deadline_ms, wake_fd);
    if (!frame && frame.error().code == "woken") return cancel(id);
    if (!frame) return explain(frame.error(), doing, timeout_ms);
    const bool ours = int_field(frame->json, "id") == id;
    const std::string type = text_field(frame->json, "type");
    if (ours && type == "result") {
      Generated generated = generated_from_json(field(frame->json, "generated"));
      if (static_cast<std::size_t>(generated.cuts_made) <= options.cuts.size()) return generated;
      return explain(garbled("it left out more of the prompt than it may"), doing, timeout_ms);
    }
    if (ours && type == "error") return process::error_from_frame("engine", frame->json);
    if (ours && type == "progress" && progress) progress(progress_of(frame->json));
    // Also a chatty engine must come to an end in time.
    if (clock.boot_ms() >= deadline_ms) return explain(timed_out(), doing, timeout_ms);
  }
}

}  // namespace radfm::model
