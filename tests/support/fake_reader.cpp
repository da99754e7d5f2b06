// SPDX-License-Identifier: Apache-2.0
// A reader whose behaviour is written in the first file it is given, as JSON: {"do": "...", "reading": {...}}. It stands
// for the real one with a hostile file, and for a well-behaved one whose studies are made by hand.
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "pipeline/imaging/study_reading.h"
#include "pipeline/process/channel.h"
#include "pipeline/process/child_process.h"
#include "pipeline/process/error_frame.h"
#include "pipeline/process/json_field.h"
#include "pipeline/process/shared_memory.h"

using namespace radfm;
using nlohmann::json;

namespace {

std::string contents(int fd) {
  std::string text(1 << 16, '\0');
  std::string all;
  for (ssize_t got = 0; (got = ::read(fd, text.data(), text.size())) > 0;) all.append(text, 0, static_cast<std::size_t>(got));
  return all;
}

// Nobody listens any more: there is nothing left to do.
void say(process::Channel& channel, const json& frame, const std::vector<int>& descriptors = {}) {
  if (!channel.send(frame, descriptors)) std::_Exit(8);
}

[[noreturn]] void hang() {
  for (;;) ::pause();
}

void announce_and_send(process::Channel& channel, const json& script, const imaging::ReadOptions& options) {
  const std::string what = process::text_field(script, "do");
  const json reading = script.value("reading", json::object());
  json blocks = json::array();
  std::vector<std::string> pixels;
  const json volumes = reading.value("volumes", json::array());
  for (std::size_t i = 0; options.pixels && i < volumes.size(); ++i) {
    const auto size = [&](const char* key) { return static_cast<std::size_t>(process::int_field(volumes[i], key)); };
    const std::size_t samples = size("width") * size("height") * size("depth") * size("channels");
    if (what == "undecoded") {
      blocks.push_back({{"display_bytes", 0}, {"values_bytes", 0}});
      continue;
    }
    pixels.emplace_back(what == "huge" ? 1 : samples, static_cast<char>(i + 1));
    blocks.push_back({{"display_bytes", what == "short" ? samples - 1 : samples}, {"values_bytes", 0}});
  }
  say(channel, {{"type", "study"}, {"reading", what == "no_reading" ? json(7) : reading}, {"blocks", blocks}});
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const std::size_t bytes = pixels[i].size() - (what == "lie" ? 1 : 0);
    auto shared = process::make_shared(pixels[i].data(), bytes);
    if (what == "no_descriptor") {
      say(channel, {{"type", "block"}});
    } else {
      say(channel, {{"type", "block"}}, {shared->get()});
    }
  }
}

void behave(process::Channel& channel, const json& script, std::size_t files, const imaging::ReadOptions& options) {
  const std::string what = process::text_field(script, "do");
  if (what == "crash") ::raise(SIGSEGV);
  if (what == "killed") ::raise(SIGKILL);
  if (what == "exit") std::_Exit(3);
  if (what == "hang") hang();
  if (what == "close_and_hang") {
    ::close(process::channel_fd_in_child);
    hang();
  }
  if (what == "garbage") {
    [[maybe_unused]] const ssize_t n = ::write(process::channel_fd_in_child, "GET / HTTP/1.1\r\n\r\n", 18);
    hang();
  }
  if (what == "flood") {
    while (channel.send({{"type", "progress"}, {"done", 1}, {"of", 2}})) {
    }
  }
  if (what == "alien") say(channel, {{"type", "generate"}});
  if (what == "error") say(channel, script.value("error", json::object()));
  if (what == "count") {
    say(channel, process::error_frame(permanent_error("files_" + std::to_string(files), "counted")));
  }
  say(channel, {{"type", "progress"}, {"done", 1}, {"of", 1}});
  announce_and_send(channel, script, options);
}

}  // namespace

int main() {
  process::Channel channel{process::FileDescriptor(process::channel_fd_in_child)};
  json script;
  std::size_t files = 0;
  for (;;) {
    auto frame = channel.receive(-1);
    if (!frame) return 1;
    if (process::text_field(frame->json, "type") == "file") {
      if (files++ == 0) script = json::parse(contents(frame->descriptors.at(0).get()), nullptr, false);
      continue;
    }
    behave(channel, script, files, imaging::read_options_from_json(process::field(frame->json, "options")));
    return 0;
  }
}
