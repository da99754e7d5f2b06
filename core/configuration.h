// SPDX-License-Identifier: Apache-2.0
// The one configuration file that plugin and worker read. JSON with // and /* */ comments; defaults for everything but
// orthanc.url. Relative paths are relative to the file. A value "file:PATH" or "env:NAME" is allowed for secrets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/body_regions.h"
#include "core/imaging_settings.h"
#include "core/patient_identity.h"
#include "core/prior_rules.h"
#include "core/rule.h"
#include "core/sop_class.h"

namespace radfm {

struct DatabaseSettings {
  std::filesystem::path path = "radfm-queue.sqlite";
  std::filesystem::path doorbell;  // Unix datagram socket of the worker; default: <path>.doorbell
  std::int64_t file_mb_max = 8'192;  // size of the queue's file; beyond it nothing new is stored: transient "disk_full"
};
struct OrthancSettings {
  std::string url;  // http://127.0.0.1:8042
  std::string username, password;
  std::int64_t timeout_ms = 30'000;  // for one request
  std::filesystem::path trusted_certificates_file;  // of https (PEM); empty: those that the system trusts
};
// Files of TLS (PEM): ours, and whom we believe.
struct DicomTlsSettings {
  std::filesystem::path private_key_file, certificate_file, trusted_certificates_file;
};
struct DicomSettings {
  std::string ae_title = "RADFM";
  std::string address = "0.0.0.0";
  int port = 0;  // of our own storage SCP, which a C-MOVE needs; 0: none
  DicomTlsSettings tls;
};
enum class PriorsBy { none, c_get, c_move, dicomweb };
// How a draft goes to an archive, and how the archive is asked whether it has it (worker/destination.h says what each proves).
enum class StoreBy : std::uint8_t { c_store, stow };
enum class VerifyBy : std::uint8_t { none, c_find, c_get, commitment, wado_rs };
struct PacsNode {
  std::string name, ae_title, host;  // without ae_title and host only DICOMweb can be spoken
  bool takes_drafts() const { return store == StoreBy::stow || !host.empty(); }
  int port = 104;
  std::int64_t timeout_ms = 60'000;  // total deadline of one association, search or retrieval
  bool tls = false;                  // DICOM over TLS with the files of dicom.tls
  PriorsBy priors = PriorsBy::none;  // whether and how it is asked for earlier studies
  bool patient_root = false;         // of C-FIND, C-GET and C-MOVE; else study root
  StoreBy store = StoreBy::c_store;
  VerifyBy verify = VerifyBy::none;  // for STOW-RS the default is wado_rs
  std::string url, username, password;  // of DICOMweb
  std::optional<std::set<std::string>> companions;  // those of report.companions that go there; nothing: all of them
};
struct ModelSettings {
  std::filesystem::path directory;    // default: the demonstration model beside the programs
  std::string device = "auto";        // auto, cpu, cuda, cuda:N
  std::string dtype = "auto";         // auto, f32, bf16, f16, int8, int4: what the network computes in
  int threads = 0;                    // 0: all cores
  int embedding_cache_mb = 64;        // embeddings of images that were read before; 0: none are kept
  std::int64_t load_timeout_ms = 900'000;
  std::int64_t generate_timeout_ms = 3'600'000;
  int jobs_at_once = 1;               // reports that it writes together, as far as its memory suffices
  std::int64_t stall_timeout_ms = 300'000;  // an engine that says nothing for so long while it answers is stuck: killed
};
struct PriorSettings {
  int images_max = 1;    // prior studies whose images are shown
  int reports_max = 3;   // prior reports whose text is shown
  int window_years = 5;
  bool one_issuer_may_be_empty = true;
  std::vector<std::string> shared_patient_ids = default_shared_patient_ids();  // belong to nobody or to many: no priors
  std::vector<PriorRule> rules = default_prior_rules();
  std::vector<BodyRegion> regions = default_body_regions();
  std::vector<ModalityGroup> modality_groups = default_modality_groups();
  // PDF and CDA reports that do not say whether they were verified: read, and the draft says so; else left alone.
  bool unflagged_documents = true;
  std::int64_t search_timeout_ms = 120'000;  // of the search in all archives together, for one job
  int retrieved_mb_max = 2'048;              // that archives send for one job
};
struct ReportSettings {
  std::string language = "en-US";
  SrClass sop_class = SrClass::basic_text;  // the content is the same in each
  std::string completion_flag = "PARTIAL";  // or COMPLETE; PRELIMINARY and UNVERIFIED cannot be changed
  std::string institution_notice;           // an extra sentence for the draft notice
  std::set<std::string> holding_flags;      // of draft_flag_codes: drafts with one of them wait for a person
  std::set<std::string> companions;         // beside the SR: pdf_companion, page_companion
};
inline constexpr const char* pdf_companion = "pdf";                // Encapsulated PDF
inline constexpr const char* page_companion = "secondary_capture";  // a Secondary Capture of each page
struct QueueSettings {
  std::int64_t lease_ms = 60'000, heartbeat_ms = 15'000, poll_ms = 1'000;
  int poison_limit = 3, vanished_limit = 20, vanished_backoff_from = 3;
  std::int64_t backoff_first_ms = 1'000, backoff_max_ms = 1'800'000, overdue_ms = 86'400'000;
  int automatic_revisions_max = 3;
  int studies_ahead = 1;  // prepared by a worker while the model answers for others
  bool stat_interrupts = true;  // a report of lane stat is made at once; the one in the making waits between two tokens
  int keep_results_days = 400;  // texts, pictures and objects of finished jobs; 0: for ever
};
struct LogSettings {
  std::string level = "info";  // debug, info, warning, error
};
// Reader limits; each is enforced by the kernel or by a check with a named error.
struct ReaderSettings {
  std::int64_t memory_max_mb = 2'048, timeout_ms = 30'000;
  int nesting_max = 64;
  std::filesystem::path pdf_text_program = "/usr/bin/pdftotext";  // of poppler; reads the text of PDF reports
};

// Which of Orthanc's users may do what at the plugin's REST interface and page. Each role includes those before it. A list that is
// absent: all who have the role before it; without any list, everybody whom Orthanc let in.
struct AccessSettings {
  std::optional<std::set<std::string>> read;        // see queue, jobs and drafts
  std::optional<std::set<std::string>> operate;     // retry, rerun, cancel, rush, release
  std::optional<std::set<std::string>> administer;  // withdraw, pause, resume
};
// The audit trail is kept in the queue's database; it goes on to an audit record repository by syslog over TLS (PS3.15 A.6, RFC 5425).
struct AuditSettings {
  std::string syslog_host;  // empty: nowhere
  int syslog_port = 6514;
  DicomTlsSettings tls;     // trusted_certificates_file is needed with syslog_host; our own certificate where they ask for one
};

// Whom the plugin tells that a job is dead or that no worker is heard. Jobs are named by their numbers; nothing of a patient is sent.
struct AlertSettings {
  std::string webhook_url;     // takes a POST of JSON; empty: none
  std::string webhook_secret;  // signs its body (HMAC-SHA-256); empty: unsigned
  std::string mail_server;     // smtp://HOST:PORT or smtps://HOST:PORT; empty: no mail
  std::string mail_username, mail_password, mail_from;
  std::vector<std::string> mail_to;
  std::filesystem::path trusted_certificates_file;  // of https and of mail (PEM); empty: those that the system trusts
  std::int64_t worker_silence_ms = 120'000;         // so long after the last word of a worker
};

struct Configuration {
  std::filesystem::path file;
  DatabaseSettings database;
  OrthancSettings orthanc;
  DicomSettings dicom;
  std::vector<PacsNode> pacs;
  ModelSettings model;
  std::vector<Rule> rules;
  PriorSettings priors;
  ReportSettings report;
  QueueSettings queue;
  ReaderSettings reader;
  ImagingSettings imaging;
  LogSettings log;
  AccessSettings access;
  AuditSettings audit;
  AlertSettings alerts;
};

// One mistake: "radfm-node.json: queue.lease_sm: unknown key; did you mean lease_ms?"
// A syntax error has no key.
struct ConfigurationMistake {
  std::string file, key, expected;
  std::string text() const;
};

struct ConfigurationReading {
  std::optional<Configuration> configuration;  // only when there is no mistake
  std::vector<ConfigurationMistake> mistakes;
};

inline constexpr std::size_t configuration_file_bytes_max = 1U << 20U;

// Who reads it: the plugin ignores mistakes in the sections that are not its own (orthanc, pacs, dicom, model, priors,
// report, reader, imaging, audit) and never opens the files or reads the variables that hold the credentials of `orthanc`.
enum class ConfigurationReader { all, plugin };
ConfigurationReading read_configuration(const std::filesystem::path& file, ConfigurationReader reader);
// The same from text, for tests and for radfmctl; `file` is used for messages and relative paths.
ConfigurationReading parse_configuration(const std::string& text, const std::filesystem::path& file,
                                         ConfigurationReader reader);

// Where programs, models and the data of this build are: beside the running program, else where it was built.
std::filesystem::path default_model_directory();
// A sibling program such as radfm-engine: in the same folder, in ../libexec/radfm-node, or in the build tree; RADFM_LIBEXEC wins.
std::filesystem::path sibling_program(const std::string& name);

}  // namespace radfm
