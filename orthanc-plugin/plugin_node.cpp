// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/plugin_node.h"

#include <algorithm>

#include "core/log.h"
#include "db/queue_file.h"

namespace radfm::plugin {

PluginNode::PluginNode(OrthancApi& orthanc, Arrivals& arrivals, const Clock& clock, NoticeBoard& board,
                       ConfigurationInForce& configuration, std::int64_t stable_age_ms)
    : orthanc_(orthanc),
      clock_(clock),
      board_(board),
      configuration_(configuration),
      logbook_(orthanc, clock),
      reader_(orthanc, arrivals, logbook_, clock, stable_age_ms),
      settler_(orthanc, arrivals, logbook_, clock, stable_age_ms) {}

std::chrono::milliseconds PluginNode::step() {
  const auto worked = round();
  publish(worked ? Error() : worked.error());
  if (worked) {
    trouble_wait_ = trouble_wait_first;
    return *worked;
  }
  let_go_of_broken_queue(worked.error().code);
  const auto wait = trouble_wait_;
  trouble_wait_ = std::min(trouble_wait_ * 2, trouble_wait_max);
  return configuration_.now() ? wait : std::min(wait, idle_wait);
}

Result<std::chrono::milliseconds> PluginNode::round() {
  try {
    configuration_.read_if_changed();
    auto worked = work();
    // While it waits nothing is in hand; a round that follows at once writes down its own.
    if (worked && worked->count() == 0) return worked;
    if (const Status rested = logbook_.rest(); worked && !rested) return rested.error();
    return worked;
  } catch (const std::exception& failure) {
    return transient_error("plugin_exception", std::string("a round failed and is repeated: ") + failure.what());
  }
}

Result<std::chrono::milliseconds> PluginNode::work() {
  // Before all else, so that a study that arrives while the configuration is wrong is behind no cursor.
  const Status remembered = reader_.remember_baseline();
  const std::filesystem::path file = board_.read().configuration_file;
  if (file.empty())
    return permanent_error("no_configuration",
                           "Orthanc's configuration names no file of ours: add \"RadFM\": "
                           "{\"Configuration\": \"radfm-node.json\"} and restart Orthanc");
  const auto configuration = configuration_.now();
  if (!configuration)
    return permanent_error("configuration_wrong",
                           file.filename().string() + " has mistakes: new studies wait until they are corrected");
  if (!remembered) return remembered.error();
  if (const Status opened = open_queue(configuration); !opened) return opened.error();
  if (const Status opened = logbook_.open(); !opened) return opened.error();
  if (const std::string why = logbook_.quiet_because(); !why.empty()) return transient_error("orthanc_dies", why);

  const auto more_changes = reader_.take_over(*queue_);
  if (!more_changes) return more_changes.error();
  // Looked up after the changes were taken: a study that came after a person was told of new rules is settled by them.
  const auto in_force = configuration_.now();
  const auto round = settler_.settle_due(*queue_, in_force->rules);
  if (!round) return round.error();
  taken_.studies += round->settled;
  taken_.jobs += round->jobs_made;
  if (round->jobs_made > 0) db::ring_doorbell(configuration->database.doorbell);
  if (*more_changes || round->more) return std::chrono::milliseconds(0);
  return wait_for_due_study(idle_wait);
}

Status PluginNode::open_queue(std::shared_ptr<const Configuration> configuration) {
  if (queue_ && queue_settings_ == configuration) return {};
  queue_.reset();
  db::OpenQueue open;
  open.path = configuration->database.path;
  open.create = opened_before_ != open.path;
  std::error_code ignored;
  if (!open.create && !std::filesystem::exists(open.path, ignored))
    return transient_error("database_gone", "queue database " + open.path.string() +
                                                ": it was there and is gone; bring it back (is its disk mounted?), "
                                                "or restart Orthanc to begin a new one");
  open.settings = configuration->queue;
  open.busy_limit_ms = node_busy_limit_ms;
  open.pages_max = db::file_pages_max(configuration->database);
  auto opened = db::open_sqlite_queue(open, clock_);
  if (!opened) return opened.error();
  queue_ = std::move(opened).value();
  queue_settings_ = std::move(configuration);
  opened_before_ = open.path;
  published_note_.reset();
  return {};
}

std::chrono::milliseconds PluginNode::wait_for_due_study(std::chrono::milliseconds at_most) {
  const auto next = queue_->next_due_study_ms();
  if (!next || !*next) return at_most;
  const std::chrono::milliseconds wait(**next - clock_.wall_ms());
  return std::clamp(wait, due_gather, at_most);
}

void PluginNode::let_go_of_broken_queue(const std::string& code) {
  // A file that was moved, replaced or on a disk that went away never comes back through this connection.
  if (code != "database_busy" && (code.rfind("database_", 0) == 0 || code == "read_only")) queue_.reset();
}

void PluginNode::publish(const Error& error) {
  const std::string& trouble = error.message;
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
    notices.trouble_code = error.code;
    notices.taken = taken_;
    notices.delayed_studies = settler_.delayed();
    for (const auto& left : {reader_.left_behind(), logbook_.left_behind()})
      notices.delayed_studies.insert(notices.delayed_studies.end(), left.begin(), left.end());
    note = notices.summary();
  });
  // A note that cannot be written now is written with a later round.
  if (queue_ && note != published_note_ && queue_->set_plugin_note(note)) published_note_ = note;
}

}  // namespace radfm::plugin
