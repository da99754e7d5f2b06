// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/plugin_node.h"

#include <algorithm>

#include "core/log.h"
#include "orthanc-plugin/access_roles.h"

namespace radfm::plugin {

PluginNode::PluginNode(OrthancApi& orthanc, const Clock& clock, NoticeBoard& board,
                       std::int64_t stable_age_ms)
    : orthanc_(orthanc),
      clock_(clock),
      board_(board),
      configuration_file_(board.read().configuration_file),
      reader_(orthanc, clock, stable_age_ms),
      settler_(orthanc, clock, stable_age_ms) {}

std::chrono::milliseconds PluginNode::step() {
  reload_configuration_if_changed();
  const auto worked = work();
  publish(worked ? std::string() : worked.error().message);
  if (worked) {
    trouble_wait_ = trouble_wait_first;
    return *worked;
  }
  const auto wait = trouble_wait_;
  trouble_wait_ = std::min(trouble_wait_ * 2, trouble_wait_max);
  return configuration_ ? wait : std::min(wait, idle_wait);
}

void PluginNode::reload_configuration_if_changed() {
  if (configuration_file_.empty()) return;
  std::error_code missing;
  std::optional<Stamp> stamp;
  const auto changed = std::filesystem::last_write_time(configuration_file_, missing);
  if (!missing) stamp = Stamp{changed, std::filesystem::file_size(configuration_file_, missing)};
  if (read_once_ && stamp == stamp_) return;
  read_once_ = true;
  stamp_ = stamp;

  ConfigurationReading reading = read_configuration(configuration_file_, ConfigurationReader::plugin);
  std::vector<std::string> mistakes;
  for (const ConfigurationMistake& mistake : reading.mistakes) mistakes.push_back(mistake.text());
  for (const std::string& mistake : mistakes) log_line(LogLevel::error, "configuration", mistake);
  if (reading.configuration) {
    const bool moved =
        !configuration_ || configuration_->database.path != reading.configuration->database.path;
    if (moved) queue_.reset();
    log_line(LogLevel::info, "configuration",
             "read; " + std::to_string(reading.configuration->rules.size()) + " rules are in force");
    if (LogLevel level = LogLevel::info; parse_log_level(reading.configuration->log.level, &level))
      set_log_level(level);
  }
  configuration_ = std::move(reading.configuration);
  board_.update([&](Notices& notices) {
    notices.mistakes = std::move(mistakes);
    if (!configuration_) return;
    notices.database = configuration_->database;
    notices.queue = configuration_->queue;
    notices.access = configuration_->access;
    notices.role_advice = advice_on_roles(notices.access, notices.orthanc_users, notices.passwords_asked);
  });
}

Result<std::chrono::milliseconds> PluginNode::work() {
  // Before all else, so that a study that arrives while the configuration is wrong is behind no cursor.
  const Status remembered = reader_.remember_baseline();
  if (configuration_file_.empty())
    return permanent_error("no_configuration",
                           "Orthanc's configuration names no file of ours: add \"RadFM\": "
                           "{\"Configuration\": \"radfm-node.json\"} and restart Orthanc");
  if (!configuration_)
    return permanent_error(
        "configuration_wrong",
        configuration_file_.filename().string() + " has mistakes: new studies wait until they are corrected");
  if (!remembered) return remembered.error();
  if (const Status opened = open_queue(); !opened) return opened.error();

  const auto more_changes = reader_.take_over(*queue_);
  if (!more_changes) return more_changes.error();
  const auto round = settler_.settle_due(*queue_, configuration_->rules);
  if (!round) return round.error();
  if (round->jobs_made > 0) db::ring_doorbell(configuration_->database.doorbell);
  if (*more_changes || round->more) return std::chrono::milliseconds(0);
  return wait_for_due_study(idle_wait);
}

Status PluginNode::open_queue() {
  if (queue_) return {};
  db::OpenQueue open;
  open.path = configuration_->database.path;
  open.settings = configuration_->queue;
  open.busy_limit_ms = node_busy_limit_ms;
  auto opened = db::open_sqlite_queue(open, clock_);
  if (!opened) return opened.error();
  queue_ = std::move(opened).value();
  published_note_.clear();
  return {};
}

std::chrono::milliseconds PluginNode::wait_for_due_study(std::chrono::milliseconds at_most) {
  const auto next = queue_->next_due_study_ms();
  if (!next || !*next) return at_most;
  const std::chrono::milliseconds wait(**next - clock_.wall_ms());
  return std::clamp(wait, std::chrono::milliseconds(0), at_most);
}

void PluginNode::publish(const std::string& trouble) {
  if (trouble != trouble_) {
    if (trouble.empty())
      log_line(LogLevel::info, "plugin", "goes on: the trouble is over");
    else
      log_line(LogLevel::warning, "plugin", trouble);
    trouble_ = trouble;
  }
  std::string note;
  board_.update([&](Notices& notices) {
    notices.trouble = trouble;
    notices.delayed_studies = settler_.delayed();
    notices.delayed_studies.insert(notices.delayed_studies.end(), reader_.left_behind().begin(),
                                   reader_.left_behind().end());
    note = notices.summary();
  });
  // A note that cannot be written now is written with a later round.
  if (queue_ && note != published_note_ && queue_->set_plugin_note(note)) published_note_ = note;
}

}  // namespace radfm::plugin
