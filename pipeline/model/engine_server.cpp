// SPDX-License-Identifier: Apache-2.0
#include "pipeline/model/engine_server.h"

#include <algorithm>
#include <cstdlib>
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

EngineServer::EngineServer(process::FileDescriptor socket, int jobs_at_once)
    : channel_(std::move(socket)), jobs_at_once_(jobs_at_once), requests_(jobs_at_once) {
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

bool EngineServer::makes_urgent() const {
  return std::ranges::any_of(making_, [](const Making& making) { return making.request->urgent; });
}

// What is begun now. At most one does not decode yet, so that of images and their way there is one at a time in memory, and
// one more where an urgent one comes between.
void EngineServer::take_requests(LoadedModel& model) {
  if (making_.empty()) return begin(model, requests_.take());
  if (makes_urgent()) return;
  if (auto urgent = others_turn_ || model.answers_max() < 2 ? nullptr : requests_.take_one(true)) {
    for (Making& making : making_) making.telling.is_put_aside();
    return begin(model, std::move(urgent));
  }
  const auto together_max = static_cast<std::size_t>(std::clamp(model.answers_max() - 1, 1, jobs_at_once_));
  const bool all_decode = std::ranges::all_of(making_, [](const Making& making) { return making.answer->decodes(); });
  if (!all_decode || making_.size() >= together_max) return;
  if (auto next = requests_.take_one(false)) begin(model, std::move(next));
}

void EngineServer::begin(LoadedModel& model, std::shared_ptr<EngineRequest> request) {
  const int id = request->id;
  Making& making = making_.emplace_back(std::move(request), Telling(id, [this](const json& told) { send(told); }), nullptr);
  making.telling.begins();  // whose fault the engine's end would be from here on
  auto answer = begun(model, making);
  if (answer) {
    making.answer = std::move(*answer);
    return;
  }
  const auto refused = making.request;
  making_.pop_back();
  ended(*refused, answer.error());
}

Result<std::unique_ptr<Answer>> EngineServer::begun(LoadedModel& model, Making& making) {
  const process::Frame& request = making.request->frame;
  const json& frame = request.json;
  auto prompt = prompt_from_json(field(frame, "prompt"));
  if (!prompt) return prompt.error();
  auto shapes = shapes_of(field(frame, "images"), request.descriptors.size());
  if (!shapes) return shapes.error();
  std::vector<process::SharedView> views;
  std::vector<SourceImage> images;
  for (std::size_t i = 0; i < shapes->size(); ++i) {
    const ImageShape& shape = (*shapes)[i];
    auto view = process::SharedView::map(request.descriptors[i].get(), shape.bytes());
    if (!view) return view.error();
    images.push_back({shape, view->data()});
    views.push_back(std::move(*view));
  }
  const auto cuts = cuts_from_json(field(frame, "cuts"), prompt->size());
  if (!cuts) return cuts.error();
  const GenerateOptions options{int_field(frame, "max_new_tokens", GenerateOptions{}.max_new_tokens), *cuts};
  Telling& telling = making.telling;
  return model.begin(*prompt, images, options,
                     {[&telling](const char* stage, int done, int of, const std::string& text) { telling.tell(stage, done, of, text); },
                      &making.request->cancelled});
}

void EngineServer::step(LoadedModel& model) {
  const bool urgent = makes_urgent();
  std::vector<Answer*> turn;
  for (const Making& making : making_)
    if (making.request->urgent == urgent) turn.push_back(making.answer.get());
  model.advance(turn);
  if (!urgent) others_turn_ = false;
  for (auto making = making_.begin(); making != making_.end();) {
    if (!making->answer->has_ended()) {
      ++making;
      continue;
    }
    const auto request = making->request;
    const Result<Generated> generated = making->answer->result();
    making = making_.erase(making);
    ended(*request, generated);
  }
}

void EngineServer::ended(const EngineRequest& request, const Result<Generated>& generated) {
  requests_.answered(request);  // before the answer is out: the next request may follow at once
  if (generated)
    send({{"type", "result"}, {"id", request.id}, {"generated", to_json(*generated)}});
  else
    send(failure(generated.error(), request.id));
  if (!request.urgent) return;
  for (Making& making : making_) making.telling.goes_on();
  others_turn_ = true;
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
    take_requests(*model);
    step(*model);
  }
}

}  // namespace radfm::model
