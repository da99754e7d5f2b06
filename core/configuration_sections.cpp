// SPDX-License-Identifier: Apache-2.0
#include "core/configuration_sections.h"

#include "core/configuration_values.h"
#include "core/draft_flags.h"

namespace radfm {
namespace {

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::size_t socket_path_bytes_max = 107;  // sockaddr_un.sun_path with its NUL
constexpr std::size_t notice_bytes_max = 500;

bool is_device(const std::string& text) {
  if (text == "auto" || text == "cpu" || text == "cuda") return true;
  const bool numbered = text.starts_with("cuda:") && text.size() >= 6 && text.size() <= 7;
  return numbered && text.find_first_not_of("0123456789", 5) == std::string::npos;
}

// {"patient_name": "holds"}: each flag by its code.
void read_flags(JsonSection section, std::set<std::string>* holding) {
  for (const std::string_view code : draft_flag_codes) {
    const std::string key(code);
    std::string effect = "marks";
    section.text_of(key, &effect, {"marks", "holds"});
    if (effect == "holds") holding->insert(key);
  }
  section.finish();
}

}  // namespace

void read_database(JsonSection section, const std::filesystem::path& base, DatabaseSettings* settings) {
  section.path("path", &settings->path, base);
  if (!section.has("doorbell")) settings->doorbell = settings->path.string() + ".doorbell";
  section.path("doorbell", &settings->doorbell, base);
  section.number("file_mb_max", &settings->file_mb_max, 64, 1'048'576);
  if (settings->doorbell.string().size() > socket_path_bytes_max) {
    section.expect("doorbell", "a path of at most " + std::to_string(socket_path_bytes_max) +
                                   " bytes, for it is a Unix socket (default: database.path with .doorbell)");
  }
  section.finish();
}

void read_orthanc(JsonSection section, const std::filesystem::path& base, Secrets secrets, OrthancSettings* settings) {
  section.require("url", "the address of Orthanc, such as http://127.0.0.1:8042");
  std::string url;
  section.text("url", &url);
  if (auto checked = checked_url(url)) {
    settings->url = *checked;
  } else if (section.has("url")) {
    section.expect("url", "http://HOST:PORT or https://HOST:PORT, without user and password (they have their own keys)");
  }
  section.text("username", &settings->username);
  section.text("password", &settings->password);
  if (secrets == Secrets::read) {
    resolve_secret(&section, "username", base, &settings->username);
    resolve_secret(&section, "password", base, &settings->password);
  }
  section.number("timeout_ms", &settings->timeout_ms, 100, day_ms);
  section.path("trusted_certificates_file", &settings->trusted_certificates_file, base);
  section.finish();
}

void read_model(JsonSection section, const std::filesystem::path& base, ModelSettings* settings) {
  if (!section.has("directory")) settings->directory = default_model_directory();
  section.path("directory", &settings->directory, base);
  std::string device = settings->device;
  section.text("device", &device);
  if (is_device(device)) {
    settings->device = device;
  } else {
    section.expect("device", "auto, cpu, cuda or cuda:N");
  }
  section.text_of("dtype", &settings->dtype, {"auto", "f32", "bf16", "f16", "int8", "int4"});
  section.number("threads", &settings->threads, 0, 1'024);
  section.number("embedding_cache_mb", &settings->embedding_cache_mb, 0, 65'536);
  section.number("load_timeout_ms", &settings->load_timeout_ms, 100, day_ms);
  section.number("generate_timeout_ms", &settings->generate_timeout_ms, 100, day_ms);
  section.number("jobs_at_once", &settings->jobs_at_once, 1, 64);
  section.number("stall_timeout_ms", &settings->stall_timeout_ms, 100, day_ms);
  section.finish();
}

void read_priors(JsonSection section, PriorSettings* settings) {
  section.number("images_max", &settings->images_max, 0, 4);
  section.number("reports_max", &settings->reports_max, 0, 10);
  section.number("window_years", &settings->window_years, 0, 100);
  section.boolean("one_issuer_may_be_empty", &settings->one_issuer_may_be_empty);
  section.texts("shared_patient_ids", &settings->shared_patient_ids);
  if (settings->shared_patient_ids.size() > shared_patient_ids_max) {
    section.expect("shared_patient_ids", "at most " + std::to_string(shared_patient_ids_max) + " patterns");
  }
  section.boolean("unflagged_documents", &settings->unflagged_documents);
  section.number("search_timeout_ms", &settings->search_timeout_ms, 100, day_ms);
  section.number("retrieved_mb_max", &settings->retrieved_mb_max, 1, 65'536);
  read_prior_rules(&section, &settings->rules);
  read_body_regions(&section, &settings->regions);
  read_modality_groups(&section, &settings->modality_groups);
  section.finish();
}

void read_report(JsonSection section, ReportSettings* settings) {
  std::string language = settings->language;
  section.text("language", &language);
  if (language.empty() || language.size() > 16 || !consists_of(language, "-") || language.front() == '-') {
    section.expect("language", "a language of RFC 5646 such as en-US");
  } else {
    settings->language = language;
  }
  std::string sop_class(to_string(settings->sop_class));
  std::vector<std::string> sop_classes;
  for (const SrClass known : sr_classes) sop_classes.emplace_back(to_string(known));
  section.text_of("sop_class", &sop_class, sop_classes);
  settings->sop_class = *parse_sr_class(sop_class);
  section.text_of("completion_flag", &settings->completion_flag, {"PARTIAL", "COMPLETE"});
  section.text("institution_notice", &settings->institution_notice);
  if (settings->institution_notice.size() > notice_bytes_max) {
    section.expect("institution_notice", "at most " + std::to_string(notice_bytes_max) + " bytes");
  }
  read_flags(section.section("flags"), &settings->holding_flags);
  read_companions(&section, &settings->companions);
  section.finish();
}

void read_queue(JsonSection section, QueueSettings* settings) {
  section.number("lease_ms", &settings->lease_ms, 100, day_ms);
  section.number("heartbeat_ms", &settings->heartbeat_ms, 10, day_ms);
  if (settings->heartbeat_ms * 2 > settings->lease_ms) {
    section.expect("heartbeat_ms", "at most half of lease_ms, or one late heartbeat loses the lease");
  }
  section.number("poll_ms", &settings->poll_ms, 10, day_ms);
  section.number("poison_limit", &settings->poison_limit, 1, 1'000);
  section.number("vanished_limit", &settings->vanished_limit, 1, 1'000);
  section.number("vanished_backoff_from", &settings->vanished_backoff_from, 1, 1'000);
  section.number("backoff_first_ms", &settings->backoff_first_ms, 1, day_ms);
  section.number("backoff_max_ms", &settings->backoff_max_ms, 1, day_ms);
  if (settings->backoff_first_ms > settings->backoff_max_ms) {
    section.expect("backoff_first_ms", "at most backoff_max_ms");
  }
  section.number("overdue_ms", &settings->overdue_ms, 1, 366 * day_ms);
  section.number("automatic_revisions_max", &settings->automatic_revisions_max, 0, 1'000);
  section.number("studies_ahead", &settings->studies_ahead, 0, 3);
  section.boolean("stat_interrupts", &settings->stat_interrupts);
  section.number("keep_results_days", &settings->keep_results_days, 0, 36'600);
  section.finish();
}

void read_reader(JsonSection section, const std::filesystem::path& base, ReaderSettings* settings) {
  section.number("memory_max_mb", &settings->memory_max_mb, 64, 1'048'576);
  section.number("timeout_ms", &settings->timeout_ms, 100, day_ms);
  section.number("nesting_max", &settings->nesting_max, 1, 100);
  section.path("pdf_text_program", &settings->pdf_text_program, base);
  section.finish();
}

void read_log(JsonSection section, LogSettings* settings) {
  section.text_of("level", &settings->level, {"debug", "info", "warning", "error"});
  section.finish();
}

}  // namespace radfm
