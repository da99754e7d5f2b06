// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/engine_server.h"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>

#include "core/log.h"
#include "pipeline/process/error_frame.h"
#include "pipeline/process/json_field.h"
#include "pipeline/process/shared_memory.h"

namespace radfm::model {
namespace {

using nlohmann::json;
using process::field;
using process::int_field;
using process::text_field;
using Time = std::chrono::steady_clock::time_point;

constexpr auto progress_interval = std::chrono::milliseconds(20);

// Lets a moment's first frame through, and later ones when the last is long enough ago.
class Throttle {
 public:
  bool passes() {
    const Time now = std::chrono::steady_clock::now();
    if (last_ != Time{} && now - last_ < progress_interval) return false;
    last_ = now;
    return true;
  }

 private:
  Time last_{};
};

// How far one request is, told to the other side.
class Telling {
 public:
  Telling(int id, std::function<void(const json&)> send) : id_(id), send_(std::move(send)) {}
  void tell(const char* stage, int done, int of, const std::string& text) {
    stage_ = stage, done_ = done, of_ = of, text_ = text;
    if (throttle_.passes()) say(stage);
  }
  void begins() { say(stage_); }
  void is_put_aside() { say("waiting"); }
  void goes_on() { say(stage_); }

 private:
  void say(const char* stage) {
    send_({{"type", "progress"}, {"id", id_}, {"stage", stage}, {"done", done_}, {"of", of_}, {"text", text_}});
  }
  int id_;
  std::function<void(const json&)> send_;
  Throttle throttle_;
  const char* stage_ = "vision";
  int done_ = 0, of_ = 0;
  std::string text_;
};

json failure(const Error& error, int id) {
  json frame = process::error_frame(error);
  if (id != 0) frame["id"] = id;
  return frame;
}

// Shapes of the request's images; each is checked before a byte of it is mapped.
Result<std::vector<ImageShape>> shapes_of(const json& list, std::size_t descriptors) {
  const auto bad = [](const char* why) {
    return permanent_error("bad_prompt", std::string("the request's images: ") + why);
  };
  if (!list.is_array() || list.size() > prompt_images_max) return bad("no list, or too many");
  if (list.size() != descriptors) return bad("not as many as there are shared memories");
  std::vector<ImageShape> shapes;
  for (const json& image : list) {
    const ImageShape shape{int_field(image, "width"), int_field(image, "height"), int_field(image, "depth"),
                           int_field(image, "channels")};
    if (auto fits = check_image_shape(shape); !fits) return fits.error();
    shapes.push_back(shape);
  }
  return shapes;
}

}  // namespace

EngineServer::EngineServer(process::FileDescriptor socket) : channel_(std::move(socket)) {
  listener_ = std::thread([this] { listen(); });
  listener_.detach();  // it lives as long as the process, and ends it
}

void EngineServer::send(const json& frame) {
  const std::lock_guard lock(sending_);
  if (Status sent = channel_.send(frame); !sent && sent.error().code != "peer_gone")
    log_line(LogLevel::error, "engine", sent.error().message);
}

void EngineServer::listen() {
  for (;;) {
    auto frame = channel_.receive(-1);
    if (!frame) {
      if (frame.error().code == "peer_gone") std::_Exit(EXIT_SUCCESS);
      log_line(LogLevel::error, "engine", frame.error().message);
      std::_Exit(EXIT_FAILURE);
    }
    accept(std::move(*frame));
  }
}

void EngineServer::accept(process::Frame frame) {
  const std::string type = text_field(frame.json, "type");
  const int id = int_field(frame.json, "id");
  if (type == "cancel") {
    requests_.cancel(id);
  } else if (type == "generate" && id > 0) {
    const bool urgent = process::flag_field(frame.json, "urgent");
    if (Status added = requests_.add(id, urgent, std::move(frame)); !added) send(failure(added.error(), id));
  } else {
    send(failure(permanent_error("bad_request", "the engine knows generate (with an id from 1) and cancel"), id));
  }
}

Result<Generated> EngineServer::generate(LoadedModel& model, EngineRequest& request) {
  const json& frame = request.frame.json;
  Telling telling(request.id, [this](const json& told) { send(told); });
  telling.begins();  // whose fault the engine's end would be from here on
  auto prompt = prompt_from_json(field(frame, "prompt"));
  if (!prompt) return prompt.error();
  auto shapes = shapes_of(field(frame, "images"), request.frame.descriptors.size());
  if (!shapes) return shapes.error();
  std::vector<process::SharedView> views;
  std::vector<SourceImage> images;
  for (std::size_t i = 0; i < shapes->size(); ++i) {
    const ImageShape& shape = (*shapes)[i];
    auto view = process::SharedView::map(request.frame.descriptors[i].get(), shape.bytes());
    if (!view) return view.error();
    images.push_back({shape, view->data()});
    views.push_back(std::move(*view));
  }
  const auto cuts = cuts_from_json(field(frame, "cuts"), prompt->size());
  if (!cuts) return cuts.error();
  const GenerateOptions options{int_field(frame, "max_new_tokens", GenerateOptions{}.max_new_tokens), *cuts};
  const auto progress = [&](const char* stage, int done, int of, const std::string& text) { telling.tell(stage, done, of, text); };
  const auto between_steps = [&] {
    const auto urgent = request.urgent || !model.holds_two() ? nullptr : requests_.take_urgent();
    if (!urgent) return;
    telling.is_put_aside();
    answer(model, *urgent);
    telling.goes_on();
  };
  return model.generate(*prompt, images, options, progress, &request.cancelled, between_steps);
}

void EngineServer::answer(LoadedModel& model, EngineRequest& request) {
  auto generated = generate(model, request);
  requests_.answered(request);  // before the answer is out: the next request may follow at once
  if (generated)
    send({{"type", "result"}, {"id", request.id}, {"generated", to_json(*generated)}});
  else
    send(failure(generated.error(), request.id));
}

int EngineServer::serve(const LoadOptions& options) {
  Throttle throttle;
  auto model = LoadedModel::load(options, [&](std::int64_t done, std::int64_t of) {
    if (throttle.passes()) send({{"type", "loading"}, {"done", done}, {"of", of}});
  });
  if (!model) {
    send(failure(model.error(), 0));
    return EXIT_FAILURE;
  }
  send({{"type", "ready"}, {"model", to_json(model->facts())}});
  for (;;) {
    const auto request = requests_.take();
    answer(*model, *request);
  }
}

}  // namespace radfm::model
