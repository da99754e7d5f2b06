// SPDX-License-Identifier: Apache-2.0
#include "scu-scp/expected_moves.h"

#include <map>
#include <mutex>

namespace radfm::scu {
namespace {

// Counts what one move brings. Writers of late objects may outlive the move.
class CountingSink final : public ObjectSink, public std::enable_shared_from_this<CountingSink> {
 public:
  explicit CountingSink(std::shared_ptr<ObjectSink> inner) : inner_(std::move(inner)) {}

  Result<std::unique_ptr<Writer>> begin(const ObjectIdentity& identity) override {
    auto begun = inner_->begin(identity);
    if (!begun) return noted(begun.error());
    return std::unique_ptr<Writer>(new CountingWriter(shared_from_this(), std::move(*begun)));
  }

  Error noted(const Error& error) {
    const std::lock_guard lock(mutex_);
    ++result_.refused[error.code];
    if (error.code != "object_not_asked_for" && !result_.stopped) result_.stopped = error;
    return error;
  }

  RetrievalResult result() const {
    const std::lock_guard lock(mutex_);
    return result_;
  }

 private:
  class CountingWriter final : public Writer {
   public:
    CountingWriter(std::shared_ptr<CountingSink> sink, std::unique_ptr<Writer> inner)
        : sink_(std::move(sink)), inner_(std::move(inner)) {}
    Status write(std::span<const std::uint8_t> piece) override {
      auto written = inner_->write(piece);
      return written ? written : Status(sink_->noted(written.error()));
    }
    Status keep() override {
      auto kept = inner_->keep();
      if (!kept) return sink_->noted(kept.error());
      const std::lock_guard lock(sink_->mutex_);
      ++sink_->result_.kept;
      return {};
    }

   private:
    const std::shared_ptr<CountingSink> sink_;
    const std::unique_ptr<Writer> inner_;
  };

  const std::shared_ptr<ObjectSink> inner_;
  mutable std::mutex mutex_;
  RetrievalResult result_;
};

struct Expectation {
  std::string own_ae_title, archive;
  RetrievalRequest request;
  std::shared_ptr<CountingSink> sink;
};

}  // namespace

struct ExpectedMoves::State {
  std::mutex mutex;
  std::uint16_t last_id = 0;
  std::map<std::uint16_t, Expectation> open;
};

class ExpectedMoves::OpenMove final : public Move {
 public:
  OpenMove(std::shared_ptr<State> state, std::uint16_t id, std::shared_ptr<CountingSink> sink)
      : state_(std::move(state)), id_(id), sink_(std::move(sink)) {}
  ~OpenMove() override {
    const std::lock_guard lock(state_->mutex);
    state_->open.erase(id_);
  }
  std::uint16_t message_id() const override { return id_; }
  RetrievalResult result() const override { return sink_->result(); }

 private:
  const std::shared_ptr<State> state_;
  const std::uint16_t id_;
  const std::shared_ptr<CountingSink> sink_;
};

ExpectedMoves::ExpectedMoves() : state_(std::make_shared<State>()) {}
ExpectedMoves::~ExpectedMoves() = default;

std::unique_ptr<ExpectedMoves::Move> ExpectedMoves::expect(std::string own_ae_title, std::string archive,
                                                           RetrievalRequest request,
                                                           std::shared_ptr<ObjectSink> sink) {
  auto counting = std::make_shared<CountingSink>(std::move(sink));
  const std::lock_guard lock(state_->mutex);
  // A node runs a handful of moves at once: a free number is always near.
  do ++state_->last_id;
  while (state_->last_id == 0 || state_->open.contains(state_->last_id));
  state_->open[state_->last_id] = {std::move(own_ae_title), std::move(archive), std::move(request), counting};
  return std::make_unique<OpenMove>(state_, state_->last_id, counting);
}

Result<std::shared_ptr<ObjectSink>> ExpectedMoves::sink_for(const MoveSender& sender,
                                                            const ObjectIdentity& identity) {
  const Error refusal = permanent_error("object_not_asked_for", "an object that no running move asked for");
  const std::lock_guard lock(state_->mutex);
  if (sender.message) {
    const auto found = state_->open.find(*sender.message);
    if (found == state_->open.end()) return refusal;
    // Ours by PS3.7 9.1.1.1.9; some archives name themselves.
    const Expectation& named = found->second;
    if (sender.originator && *sender.originator != named.own_ae_title && *sender.originator != named.archive)
      return refusal;
    if (wants(found->second.request, identity)) return std::shared_ptr<ObjectSink>(found->second.sink);
    return found->second.sink->noted(refusal);
  }
  for (const auto& [id, expectation] : state_->open) {
    if (sender.caller == expectation.archive && wants(expectation.request, identity)) {
      return std::shared_ptr<ObjectSink>(expectation.sink);
    }
  }
  return refusal;
}

}  // namespace radfm::scu
