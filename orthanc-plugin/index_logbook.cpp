// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/index_logbook.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/log.h"

namespace radfm::plugin {
namespace {

using nlohmann::json;

constexpr std::size_t text_bytes_max = 16'384;  // more is not ours
constexpr std::size_t what_bytes_max = 100;
constexpr int deaths_max = 1'000;

template <class T>
T value_of(const json& object, const char* key, T otherwise) {
  const auto found = object.find(key);
  if constexpr (std::is_same_v<T, std::string>) {
    return found != object.end() && found->is_string() ? found->template get<T>() : otherwise;
  } else if constexpr (std::is_same_v<T, bool>) {
    return found != object.end() && found->is_boolean() ? found->template get<T>() : otherwise;
  } else {
    return found != object.end() && found->is_number_integer() ? found->template get<T>() : otherwise;
  }
}

std::int64_t quiet_ms(int quick_deaths) {
  if (quick_deaths < 2) return 0;
  std::int64_t wait_ms = quiet_first_ms;
  for (int i = 2; i < quick_deaths && wait_ms < quiet_max_ms; ++i) wait_ms *= 2;
  return std::min(wait_ms, quiet_max_ms);
}

}  // namespace

IndexLogbook::IndexLogbook(OrthancApi& orthanc, const Clock& clock)
    : orthanc_(orthanc), clock_(clock), started_boot_ms_(clock.boot_ms()) {}

Status IndexLogbook::open() {
  if (open_) return {};
  const auto text = orthanc_.kept_text();
  if (!text) return text.error();
  suspects_.clear();  // of an earlier try
  read(*text);
  const std::int64_t before_ms = clock_.wall_ms() - started_wall_ms_;
  const bool quick =
      !ended_ && started_wall_ms_ > 0 && before_ms >= 0 && before_ms < quick_start_ms + quiet_ms(quick_deaths_);
  quick_deaths_ = quick ? std::min(quick_deaths_ + 1, deaths_max) : 0;
  if (!in_hand_.empty()) accuse(in_hand_);
  in_hand_.clear();
  ended_ = false;
  started_wall_ms_ = clock_.wall_ms();
  if (const Status written = write(); !written) return written;
  open_ = true;
  return {};
}

void IndexLogbook::read(const std::string& text) {
  const json parsed = text.size() > text_bytes_max ? json() : json::parse(text, nullptr, false);
  const json& kept = parsed.is_object() ? parsed : json::object();
  taken_over_ = value_of<std::int64_t>(kept, "taken_over", 0);
  in_queue_ = in_queue_written_ = std::max<std::int64_t>(value_of<std::int64_t>(kept, "in_queue", -1), -1);
  started_wall_ms_ = std::max<std::int64_t>(value_of<std::int64_t>(kept, "started", 0), 0);
  quick_deaths_ = std::clamp(value_of<int>(kept, "quick_deaths", 0), 0, deaths_max);
  ended_ = value_of<bool>(kept, "ended", true);
  in_hand_ = value_of<std::string>(kept, "in_hand", "");
  const auto suspects = kept.find("suspects");
  if (suspects == kept.end() || !suspects->is_array()) return;
  for (const json& suspect : *suspects) {
    const std::string what = suspect.is_object() ? value_of<std::string>(suspect, "what", "") : std::string();
    const std::int64_t last_ms = what.empty() ? 0 : std::max<std::int64_t>(value_of<std::int64_t>(suspect, "last_death", 0), 0);
    if (!what.empty() && suspects_.size() < suspects_max && clock_.wall_ms() - last_ms < suspect_kept_ms)
      suspects_.push_back(
          {what.substr(0, what_bytes_max), std::clamp(value_of<int>(suspect, "deaths", 0), 0, deaths_max), last_ms});
  }
}

void IndexLogbook::accuse(const std::string& what) {
  auto found =
      std::find_if(suspects_.begin(), suspects_.end(), [&](const Suspect& known) { return known.what == what; });
  if (found == suspects_.end()) {
    if (suspects_.size() == suspects_max) suspects_.erase(suspects_.begin());
    found = suspects_.insert(suspects_.end(), {what, 0, 0});
  }
  found->deaths = std::min(found->deaths + 1, deaths_max);
  found->last_death_ms = clock_.wall_ms();
  log_line(LogLevel::warning, "plugin",
           "Orthanc ended without a word while its index was asked about " + what + ": death " +
               std::to_string(found->deaths));
}

Status IndexLogbook::write() {
  json suspects = json::array();
  for (const Suspect& suspect : suspects_)
    suspects.push_back({{"what", suspect.what}, {"deaths", suspect.deaths}, {"last_death", suspect.last_death_ms}});
  const json kept = {{"taken_over", taken_over_}, {"in_queue", in_queue_},
                     {"started", started_wall_ms_}, {"quick_deaths", quick_deaths_},
                     {"ended", ended_}, {"in_hand", in_hand_}, {"suspects", suspects}};
  Status written = orthanc_.keep_text(kept.dump(-1, ' ', false, json::error_handler_t::replace));
  if (written) in_queue_written_ = in_queue_;
  return written;
}

std::string IndexLogbook::quiet_because() const {
  const std::int64_t wait_ms = quiet_ms(quick_deaths_);
  if (clock_.boot_ms() - started_boot_ms_ >= wait_ms) return {};
  return "Orthanc ended without a word " + std::to_string(quick_deaths_) +
         " times, each time soon after its start; its log, or the system's, says why. New studies are looked at " +
         std::to_string(wait_ms / 1000) + " s after its last start; none is lost";
}

void IndexLogbook::close() {
  if (!open_) return;
  in_hand_.clear();
  ended_ = true;
  [[maybe_unused]] const Status written = write();  // at worst the next start looks like one after a death
}

Status IndexLogbook::will_take_over(std::int64_t sequence) {
  if (sequence == taken_over_) return {};
  taken_over_ = sequence;
  in_hand_.clear();
  return write();
}

Status IndexLogbook::begin(const std::string& what) {
  in_hand_ = what.substr(0, what_bytes_max);
  return write();
}

Status IndexLogbook::rest() {
  if (!open_ || (in_hand_.empty() && in_queue_ == in_queue_written_)) return {};
  in_hand_.clear();
  return write();
}

int IndexLogbook::deaths(const std::string& what) const {
  const auto found =
      std::find_if(suspects_.begin(), suspects_.end(), [&](const Suspect& known) { return known.what == what; });
  return found == suspects_.end() ? 0 : found->deaths;
}

std::int64_t IndexLogbook::waits_until_ms(const std::string& what) const {
  const int times = deaths(what);
  if (times == 0) return 0;
  std::int64_t wait_ms = suspect_wait_first_ms;
  for (int i = 1; i < std::min(times, deaths_of_one_max); ++i) wait_ms *= 4;
  return clock_.wall_ms() - (clock_.boot_ms() - started_boot_ms_) + wait_ms;
}

void IndexLogbook::acquit(const std::string& what) {
  std::erase_if(suspects_, [&](const Suspect& known) { return known.what == what; });
}

std::vector<std::string> IndexLogbook::left_behind() const {
  std::vector<std::string> sentences;
  for (const Suspect& suspect : suspects_)
    if (suspect.deaths >= deaths_of_one_max)
      sentences.push_back(suspect.what + " was left behind: Orthanc died " + std::to_string(suspect.deaths) +
                          " times while its index was asked about it; its log says why. If the study gets no job, "
                          "add it with radfmctl queue add");
  return sentences;
}

}  // namespace radfm::plugin
