// SPDX-License-Identifier: Apache-2.0
#include "worker/destination_rests.h"

#include <algorithm>

namespace radfm::worker {
namespace {

class RestedDestination final : public Destination {
 public:
  RestedDestination(std::string name, std::unique_ptr<Destination> inner, DestinationRests& rests)
      : name_(std::move(name)), inner_(std::move(inner)), rests_(rests) {}

  Result<Presence> ask(const db::OutboxObject& object, bool send_begun) override {
    // An archive that answers late has answered.
    if (const std::optional<Presence> known = inner_->known(object, send_begun)) return noted(*known);
    if (Status may = rests_.may_knock(name_, inner_->send_timeout_ms()); !may) return may.error();
    return noted(inner_->ask(object, send_begun));
  }
  Status send(const db::OutboxObject& object) override {
    Status sent = inner_->send(object);
    rests_.ended(name_, sent);
    return sent;
  }
  Result<bool> has_final_report(const db::OutboxObject& object, const ReportJudge& judge) override {
    Result<bool> answer = inner_->has_final_report(object, judge);
    if (!answer) rests_.ended(name_, answer.error());
    return answer;
  }
  Result<Presence> confirm(const db::OutboxObject& object) override { return noted(inner_->confirm(object)); }
  std::int64_t send_timeout_ms() const override { return inner_->send_timeout_ms(); }

 private:
  // What cannot be asked has not answered: only its send tells whether it is there.
  Result<Presence> noted(Result<Presence> answer) {
    if (!answer) rests_.ended(name_, answer.error());
    if (answer && *answer != Presence::cannot_tell) rests_.ended(name_, {});
    return answer;
  }
  const std::string name_;
  const std::unique_ptr<Destination> inner_;
  DestinationRests& rests_;
};

}  // namespace

Status DestinationRests::may_knock(const std::string& destination, std::int64_t knock_ms) {
  const std::lock_guard lock(mutex_);
  const auto rest = rests_.find(destination);
  if (rest == rests_.end()) return {};
  const std::int64_t now = clock_.boot_ms();
  if (now >= rest->second.until_boot_ms) {
    rest->second.until_boot_ms = now + knock_ms;
    return {};
  }
  return transient_error("destination_rests", destination + " is left alone for " + std::to_string(rest->second.until_boot_ms - now) +
                                                  " ms more, since it failed: " + rest->second.why);
}

void DestinationRests::ended(const std::string& destination, const Status& how) {
  const std::lock_guard lock(mutex_);
  if (!how && how.error().error_class == ErrorClass::cancelled) {  // says nothing about the destination: the next may knock
    if (const auto rest = rests_.find(destination); rest != rests_.end()) rest->second.until_boot_ms = clock_.boot_ms();
    return;
  }
  if (how || how.error().error_class != ErrorClass::transient) {
    rests_.erase(destination);
    return;
  }
  Rest& rest = rests_[destination];
  rest.length_ms = std::clamp(2 * rest.length_ms, destination_rest_first_ms, destination_rest_max_ms);
  rest.until_boot_ms = clock_.boot_ms() + rest.length_ms;
  rest.why = how.error().code;
}

std::string DestinationRests::resting() const {
  const std::lock_guard lock(mutex_);
  std::string names;
  for (const auto& [name, rest] : rests_) {
    // One that nothing is sent to any more is not spoken of for ever.
    if (clock_.boot_ms() > rest.until_boot_ms + destination_rest_max_ms) continue;
    names += (names.empty() ? "" : ", ") + name + " (" + rest.why + ")";
  }
  return names;
}

std::unique_ptr<Destination> with_rests(std::string name, std::unique_ptr<Destination> destination, DestinationRests& rests) {
  return std::make_unique<RestedDestination>(std::move(name), std::move(destination), rests);
}

}  // namespace radfm::worker
