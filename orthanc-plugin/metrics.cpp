// SPDX-License-Identifier: GPL-3.0-or-later
#include "orthanc-plugin/metrics.h"

#include <algorithm>
#include <array>

#include "core/job.h"
#include "core/worker_health.h"
#include "db/job_json.h"
#include "orthanc-plugin/metric_text.h"

namespace radfm::plugin {
namespace {

using Kind = MetricText::Kind;

constexpr std::array<std::string_view, 6> trouble_codes{health_orthanc_away,     health_model_loading,      health_model_not_ready,
                                                        health_queue_not_usable, health_disk_nearly_full, health_destination_rests};
constexpr std::array<JobStage, 10> stages{JobStage::indexing, JobStage::fetching,       JobStage::priors,     JobStage::imaging,   JobStage::waiting_for_model,
                                          JobStage::vision,   JobStage::reading_prompt, JobStage::generating, JobStage::reporting, JobStage::delivering};
constexpr std::array<Lane, 3> lanes{Lane::stat, Lane::routine, Lane::background};
constexpr std::array<std::string_view, 6> outcomes{"delivered", "unchanged", "skipped", "withheld", "withdrawn", "superseded"};
constexpr std::array<ErrorClass, 5> error_classes{ErrorClass::transient, ErrorClass::poison, ErrorClass::vanished, ErrorClass::permanent,
                                                  ErrorClass::cancelled};

std::int64_t seconds_since(std::int64_t then_ms, std::int64_t now_ms) { return std::max<std::int64_t>(0, now_ms - then_ms) / 1'000; }

void gauge(MetricText& text, std::string_view name, std::string_view help, std::int64_t value) {
  text.family(name, Kind::gauge, help);
  text.sample(value);
}

// Only where there is something that has an age.
void age(MetricText& text, std::string_view name, std::string_view help, std::int64_t since_wall_ms, std::int64_t now_wall_ms) {
  if (since_wall_ms > 0) gauge(text, name, help, seconds_since(since_wall_ms, now_wall_ms));
}

// A tally's values by its label.
std::map<std::string, std::int64_t> values_of(const std::vector<db::Tally>& tallies, std::string_view name) {
  std::map<std::string, std::int64_t> values;
  for (const db::Tally& tally : tallies) {
    if (tally.name == name) values[tally.label] += tally.value;
  }
  return values;
}

std::int64_t value_or_zero(const std::map<std::string, std::int64_t>& values, std::string_view label) {
  const auto found = values.find(std::string(label));
  return found == values.end() ? 0 : found->second;
}

void write_queue(MetricText& text, const MetricsInput& input) {
  const db::QueueStatus& status = input.status;
  text.family("radfm_jobs", Kind::gauge, "Jobs in the queue by state.");
  for (const auto& [state, count] : {std::pair(JobState::queued, status.queued), std::pair(JobState::leased, status.leased),
                                     std::pair(JobState::delivering, status.delivering), std::pair(JobState::done, status.done),
                                     std::pair(JobState::dead, status.dead), std::pair(JobState::cancelled, status.cancelled)})
    text.sample(count, {{"state", to_string(state)}});
  text.family("radfm_open_jobs", Kind::gauge, "Jobs that are not finished by lane.");
  for (const auto& [lane, count] : input.numbers.open_by_lane) text.sample(count, {{"lane", to_string(lane)}});
  gauge(text, "radfm_pending_studies", "Studies whose images are waited for.", input.numbers.pending_studies);
  gauge(text, "radfm_paused", "1 while an administrator paused the queue.", status.paused ? 1 : 0);
  const std::int64_t now = input.now_wall_ms;
  age(text, "radfm_oldest_open_job_age_seconds", "Age of the oldest job that is not finished.", status.oldest_open_wall_ms, now);
  age(text, "radfm_oldest_dead_job_age_seconds", "Time since the first of the jobs that are dead now died.", input.numbers.oldest_dead_wall_ms, now);
  age(text, "radfm_last_delivery_age_seconds", "Time since a draft was delivered.", status.last_delivered_wall_ms, now);
  gauge(text, "radfm_database_size_bytes", "Size of the queue's file.", input.numbers.file_bytes);
  gauge(text, "radfm_database_free_bytes", "Bytes inside the queue's file that are used before it grows.", input.numbers.free_bytes);
  if (input.notices.database)
    gauge(text, "radfm_database_limit_bytes", "Size that the queue's file may have (database.file_mb_max).", input.notices.database->file_mb_max << 20);
}

void write_worker(MetricText& text, const MetricsInput& input) {
  const db::QueueStatus& status = input.status;
  age(text, "radfm_worker_silence_seconds", "Time since a worker was heard.", status.worker_seen_wall_ms, input.now_wall_ms);
  const bool silent = status.worker_seen_wall_ms == 0 || input.now_wall_ms - status.worker_seen_wall_ms > db::worker_silence_max_ms;
  const WorkerHealth health = parse_health_note(status.worker_note);
  text.family("radfm_worker_state", Kind::gauge, "1 for the state that the worker is in; silent: none is heard.");
  for (const WorkerState state : {WorkerState::starting, WorkerState::ready, WorkerState::degraded, WorkerState::draining})
    text.sample(!silent && health.state == state ? 1 : 0, {{"state", to_string(state)}});
  text.sample(silent ? 1 : 0, {{"state", "silent"}});
  text.family("radfm_worker_trouble", Kind::gauge, "1 for each thing that the worker says is missing.");
  for (const std::string_view code : trouble_codes) {
    const bool said = std::ranges::any_of(health.reasons, [&](const HealthReason& reason) { return reason.code == code; });
    text.sample(!silent && said ? 1 : 0, {{"code", code}});
  }
}

void write_durations(MetricText& text, const MetricsInput& input) {
  const auto by_stage = db::durations_of(input.tallies, db::tally_stage_ms), of_reports = db::durations_of(input.tallies, db::tally_report_ms),
             by_lane = db::durations_of(input.tallies, db::tally_wait_ms);
  const auto of = [](const std::map<std::string, db::Durations>& durations, std::string_view what) {
    const auto found = durations.find(std::string(what));
    return found == durations.end() ? db::Durations() : found->second;
  };
  text.family("radfm_stage_duration_seconds", Kind::histogram, "Time that jobs spent in each stage that they came through.");
  for (const JobStage stage : stages) text.histogram(of(by_stage, to_string(stage)), {{"stage", to_string(stage)}});
  text.family("radfm_report_duration_seconds", Kind::histogram, "Time from the claim of a job to its stored draft.");
  text.histogram(of(of_reports, "report"));
  text.family("radfm_claim_wait_seconds", Kind::histogram, "Time from a job's making to its first claim by lane.");
  for (const Lane lane : lanes) text.histogram(of(by_lane, to_string(lane)), {{"lane", to_string(lane)}});
}

// Labels of two parts, as they were counted: "FIRST/SECOND".
void write_pairs(MetricText& text, const std::map<std::string, std::int64_t>& values, std::string_view first, std::string_view second) {
  for (const auto& [label, value] : values) {
    const std::string_view both = label;
    if (const std::size_t slash = both.rfind('/'); slash != std::string_view::npos)
      text.sample(value, {{first, both.substr(0, slash)}, {second, both.substr(slash + 1)}});
  }
}

void write_work(MetricText& text, const MetricsInput& input) {
  const auto tallied = [&](std::string_view name) { return values_of(input.tallies, name); };
  const auto counter = [&](std::string_view name, std::string_view help, std::string_view tally) {
    text.family(name, Kind::counter, help);
    text.sample(value_or_zero(tallied(tally), ""));
  };
  counter("radfm_prompt_tokens_total", "Tokens that the model was asked with.", db::tally_prompt_tokens);
  counter("radfm_generated_tokens_total", "Tokens that the model answered with.", db::tally_generated_tokens);
  counter("radfm_engine_starts_total", "Starts of radfm-engine that ended with a model that answers.", db::tally_engine_starts);
  text.family("radfm_child_deaths_total", Kind::counter, "Attempts that the death of a child program ended.");
  const auto deaths = tallied(db::tally_child_deaths);
  for (const std::string_view child : db::child_programs) text.sample(value_or_zero(deaths, child), {{"process", child}});

  // What never happened is 0 and not absent, so that its first time is an increase.
  auto attempts = tallied(db::tally_attempts);
  for (const std::string_view label : {"done/none", "released/none", "lost/cancelled"}) attempts.try_emplace(std::string(label), 0);
  for (const ErrorClass error_class : error_classes) attempts.try_emplace("failed/" + std::string(to_string(error_class)), 0);
  text.family("radfm_attempts_total", Kind::counter, "Attempts at jobs by how they ended.");
  write_pairs(text, attempts, "end", "error_class");
  text.family("radfm_jobs_finished_total", Kind::counter, "Jobs that the worker finished by outcome.");
  const auto finished = tallied(db::tally_outcomes);
  for (const std::string_view outcome : outcomes) text.sample(value_or_zero(finished, outcome), {{"outcome", outcome}});
  auto deliveries = tallied(db::tally_deliveries);
  for (const std::string_view result : db::delivery_results) deliveries.try_emplace("orthanc/" + std::string(result), 0);
  text.family("radfm_deliveries_total", Kind::counter, "Sends of an object by destination and result.");
  write_pairs(text, deliveries, "destination", "result");
}

void write_plugin(MetricText& text, const MetricsInput& input) {
  const Notices& notices = input.notices;
  gauge(text, "radfm_configuration_wrong", "1 while the configuration file has mistakes and is refused.", notices.mistakes.empty() ? 0 : 1);
  gauge(text, "radfm_plugin_trouble", "1 while something keeps the plugin from taking studies over.", notices.trouble.empty() ? 0 : 1);
  gauge(text, "radfm_delayed_studies", "Studies that Orthanc does not show to the plugin.", static_cast<std::int64_t>(notices.delayed_studies.size()));
  text.family("radfm_studies_taken_total", Kind::counter, "Studies that the plugin has looked at, since Orthanc's start.");
  text.sample(notices.taken.studies);
  text.family("radfm_jobs_made_total", Kind::counter, "Jobs that the plugin has made, since Orthanc's start.");
  text.sample(notices.taken.jobs);
  text.family("radfm_alerts_total", Kind::counter, "Alerts by channel and result, since Orthanc's start.");
  for (const auto& [channel, told] : {std::pair("webhook", notices.alerts_by_webhook), std::pair("mail", notices.alerts_by_mail)}) {
    text.sample(told.sent, {{"channel", channel}, {"result", "sent"}});
    text.sample(told.failed, {{"channel", channel}, {"result", "failed"}});
  }
  text.family("radfm_build_info", Kind::gauge, "1, with the plugin's version.");
  text.sample(1, {{"version", RADFM_VERSION}});
}

}  // namespace

std::string metrics_text(const MetricsInput& input) {
  MetricText text;
  write_queue(text, input);
  write_worker(text, input);
  write_durations(text, input);
  write_work(text, input);
  write_plugin(text, input);
  return text.text();
}

}  // namespace radfm::plugin
