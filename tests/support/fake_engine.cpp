// SPDX-License-Identifier: Apache-2.0
// An engine without a model. The name of its model directory says how it loads, the first words of a prompt how it
// answers; a well-behaved answer is the prompt itself as JSON, so that tests see what the model was asked. SLOW: the answer is
// put aside for urgent questions until one of them does not say MORE (each is answered at once), or is cancelled.
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <set>
#include <string_view>

#include "pipeline/model/prompt.h"
#include "pipeline/model/prompt_fitting.h"
#include "pipeline/process/channel.h"
#include "pipeline/process/child_process.h"
#include "pipeline/process/error_frame.h"
#include "pipeline/process/json_field.h"
#include "pipeline/process/shared_memory.h"

using namespace radfm;
using nlohmann::json;

namespace {

// Nobody listens any more: there is nothing left to do.
void say(process::Channel& channel, const json& frame, const std::vector<int>& descriptors = {}) {
  if (!channel.send(frame, descriptors)) std::_Exit(8);
}

[[noreturn]] void hang() {
  for (;;) ::pause();
}

void load(process::Channel& channel, std::string_view directory) {
  if (directory.ends_with("crash")) ::raise(SIGABRT);
  if (directory.ends_with("hang")) hang();
  if (directory.ends_with("refuse")) {
    say(channel, process::error_frame(permanent_error("model_broken", "the weights are broken")));
    std::_Exit(1);
  }
  say(channel, {{"type", "loading"}, {"done", 1}, {"of", 2}});
  model::ModelFacts facts;
  facts.name = "fake";
  facts.digest = "d1";
  facts.context_tokens = 2'048;
  say(channel, {{"type", "ready"}, {"model", model::to_json(facts)}});
}

// Waits for a cancel of that request; other frames are the test's mistake.
void wait_for_cancel(process::Channel& channel, int id) {
  auto frame = channel.receive(-1);
  if (!frame || process::text_field(frame->json, "type") != "cancel" || process::int_field(frame->json, "id") != id) {
    std::_Exit(9);
  }
}

void answer(process::Channel& channel, const process::Frame& frame);

// Whether it was cancelled. Other frames than urgent questions and cancels are the test's mistake.
bool put_aside(process::Channel& channel, const json& waiting, const json& goes_on) {
  static std::set<int> cancelled;  // also while another one was answered inside
  while (!cancelled.contains(process::int_field(waiting, "id"))) {
    const auto frame = channel.receive(-1);
    if (!frame) std::_Exit(8);
    if (process::text_field(frame->json, "type") == "cancel") {
      cancelled.insert(process::int_field(frame->json, "id"));
      continue;
    }
    if (!process::flag_field(frame->json, "urgent")) std::_Exit(11);
    say(channel, waiting);
    answer(channel, *frame);
    say(channel, goes_on);
    if (process::field(frame->json, "prompt").dump().find("MORE") == std::string::npos) return false;
  }
  return true;
}

void answer(process::Channel& channel, const process::Frame& frame) {
  const int id = process::int_field(frame.json, "id");
  const json& prompt = process::field(frame.json, "prompt");
  const std::string all = prompt.dump();
  const auto says = [&](const char* word) { return all.find(word) != std::string::npos; };
  const auto progress_frame = [&](const char* stage, int done) -> json {
    return {{"type", "progress"}, {"id", id}, {"stage", stage}, {"done", done}, {"of", 9}, {"text", "so far"}};
  };
  const auto progress = [&](int done) { return channel.send(progress_frame("generating", done)); };
  if (says("CRASH")) ::raise(SIGSEGV);
  if (says("KILLED")) ::raise(SIGKILL);
  if (says("HANG")) hang();
  if (says("DEAF")) {
    say(channel, {{"type", "progress"}, {"id", id}, {"stage", "vision"}});
    hang();
  }
  if (says("GARBAGE")) {
    [[maybe_unused]] const ssize_t n = ::write(process::channel_fd_in_child, "RFM1\xff\xff\xff\xff\1\0\0\0", 12);
    hang();
  }
  if (says("FLOOD")) {
    while (progress(1)) {
    }
  }
  const auto asked = model::prompt_from_json(prompt);
  const auto cuts = model::cuts_from_json(process::field(frame.json, "cuts"), asked ? asked->size() : 0);
  if (!asked || !cuts) std::_Exit(10);
  // A context of two tokens, one of them for the answer; a prompt that says TOO_LONG has two tokens, any other one.
  const auto fitted = model::fit_prompt(*asked, {1, *cuts}, 2, [](const model::Prompt& counted) {
    return model::to_json(counted).dump().find("TOO_LONG") == std::string::npos ? 1u : 2u;
  });
  if (!fitted) {
    json error = process::error_frame(fitted.error());
    error["id"] = id;
    say(channel, error);
    return;
  }
  if (!progress(1)) std::_Exit(8);
  if (says("CANCEL")) wait_for_cancel(channel, id);
  const bool cancelled = says("SLOW") && put_aside(channel, progress_frame("waiting", 1), progress_frame("generating", 2));
  if (says("LATE_DEATH") && !cancelled) ::raise(SIGSEGV);
  say(channel, {{"type", "result"}, {"id", id + 1'000}, {"generated", {{"text", "of another request"}}}});
  model::Generated generated;
  generated.text = model::to_json(fitted->prompt).dump();
  generated.cuts_made = says("MORE_CUTS") ? 1'000 : fitted->cuts_made;
  generated.stopped = says("CANCEL") || cancelled ? "cancelled" : "end";
  for (std::size_t i = 0; i < frame.descriptors.size(); ++i) {
    const json& image = process::field(frame.json, "images").at(i);
    const auto size = [&](const char* key) { return static_cast<std::size_t>(process::int_field(image, key)); };
    auto view = process::SharedView::map(frame.descriptors[i].get(),
                                         size("width") * size("height") * size("depth") * size("channels"));
    generated.token_ids.push_back(view ? view->data()[0] : -1);
  }
  say(channel, {{"type", "result"}, {"id", id}, {"generated", model::to_json(generated)}});
}

}  // namespace

int main(int count, char** arguments) {
  process::Channel channel{process::FileDescriptor(process::channel_fd_in_child)};
  load(channel, count > 2 ? arguments[2] : "");
  for (;;) {
    auto frame = channel.receive(-1);
    if (!frame) return 0;
    if (process::text_field(frame->json, "type") == "generate") answer(channel, *frame);
  }
}
