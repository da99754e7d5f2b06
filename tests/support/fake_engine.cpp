// SPDX-License-Identifier: Apache-2.0
// An engine without a model. The name of its model directory says how it loads, the first words of a prompt how it
// answers; a well-behaved answer is the prompt itself as JSON, so that tests see what the model was asked. SLOW: the answer is
// put aside for urgent questions until one of them does not say MORE (each is answered at once), or is cancelled.
// A directory named "pairs": it takes a second question beside the first, says that both are begun, and dies.
// A directory named "sentences.MS" makes it a stand-in for a whole node: it answers after MS milliseconds, in steps, with a few
// sentences drawn from the prompt's digest: the same prompt, the same text.
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <set>
#include <string_view>
#include <thread>

#include "core/digest.h"
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

// Of "sentences.MS".
std::optional<int> pace_ms(std::string_view directory) {
  constexpr std::string_view name = "sentences.";
  const std::size_t at = directory.rfind(name);
  if (at == std::string_view::npos) return std::nullopt;
  int ms = 0;
  const std::string_view digits = directory.substr(at + name.size());
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), ms);
  return error == std::errc() && end == digits.data() + digits.size() ? std::optional(ms) : std::nullopt;
}

std::string drawn_sentences(const std::string& prompt) {
  constexpr std::array<std::string_view, 4> where{"right upper lobe", "left lower lobe", "right costophrenic angle", "left hilum"};
  constexpr std::array<std::string_view, 4> what{"nodule", "consolidation", "effusion", "linear opacity"};
  const std::string digest = sha256_hex(prompt);
  const auto draw = [&](const auto& words, std::size_t i) { return std::string(words[static_cast<unsigned char>(digest[i]) % words.size()]); };
  const std::string finding = draw(what, 0) + " in the " + draw(where, 1);
  return "Findings: There is a " + finding + ". The heart is not enlarged.\nImpression: " + finding + ", study key " + digest.substr(0, 8) + ".";
}

void answer_in_sentences(process::Channel& channel, const process::Frame& frame, int ms) {
  constexpr int steps = 8;
  const int id = process::int_field(frame.json, "id");
  const std::string text = drawn_sentences(process::field(frame.json, "prompt").dump());
  for (int step = 1; step <= steps; ++step) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms / steps));
    say(channel, {{"type", "progress"}, {"id", id}, {"stage", "generating"}, {"done", step}, {"of", steps},
                  {"text", text.substr(0, text.size() * std::size_t(step) / steps)}});
  }
  model::Generated generated;
  generated.text = text;
  generated.stopped = "end";
  say(channel, {{"type", "result"}, {"id", id}, {"generated", model::to_json(generated)}});
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

void say_begun(process::Channel& channel, const process::Frame& frame) {
  say(channel, {{"type", "progress"}, {"id", process::int_field(frame.json, "id")}, {"stage", "vision"}});
}

[[noreturn]] void die_of_a_pair(process::Channel& channel) {
  for (int taken = 0; taken < 2; ++taken) {
    auto frame = channel.receive(-1);
    if (!frame) std::_Exit(8);
    say_begun(channel, *frame);
  }
  ::raise(SIGSEGV);
  std::_Exit(12);
}

}  // namespace

int main(int count, char** arguments) {
  process::Channel channel{process::FileDescriptor(process::channel_fd_in_child)};
  const std::string_view directory = count > 2 ? arguments[2] : "";
  load(channel, directory);
  if (directory.ends_with("pairs")) die_of_a_pair(channel);
  const std::optional<int> pace = pace_ms(directory);
  for (;;) {
    auto frame = channel.receive(-1);
    if (!frame) return 0;
    if (process::text_field(frame->json, "type") != "generate") continue;
    if (pace) {
      answer_in_sentences(channel, *frame, *pace);
    } else {
      answer(channel, *frame);
    }
  }
}
