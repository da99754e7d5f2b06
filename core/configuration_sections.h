// SPDX-License-Identifier: Apache-2.0
// Each section of the configuration with the types, ranges and dependencies of its keys. core/configuration.cpp calls
// these; nobody else does.
#pragma once

#include "core/configuration.h"
#include "core/json_section.h"

namespace radfm {

enum class Secrets { read, leave };  // leave: do not open files or look at the environment

void read_database(JsonSection section, const std::filesystem::path& base, DatabaseSettings* settings);
void read_orthanc(JsonSection section, const std::filesystem::path& base, Secrets secrets, OrthancSettings* settings);
void read_dicom(JsonSection section, const std::filesystem::path& base, DicomSettings* settings);
// `dicom`: what an entry needs of our own side (a port for C-MOVE, files for TLS) must stand there.
std::vector<PacsNode> read_pacs(std::vector<JsonSection> sections, const std::filesystem::path& base, Secrets secrets,
                                const DicomSettings& dicom);
void read_model(JsonSection section, const std::filesystem::path& base, ModelSettings* settings);
void read_priors(JsonSection section, PriorSettings* settings);
void read_report(JsonSection section, ReportSettings* settings);
void read_queue(JsonSection section, QueueSettings* settings);
void read_reader(JsonSection section, const std::filesystem::path& base, ReaderSettings* settings);
void read_log(JsonSection section, LogSettings* settings);
void read_access(JsonSection section, AccessSettings* settings);
void read_audit(JsonSection section, const std::filesystem::path& base, AuditSettings* settings);
// `secrets` as for the others, but the other way round: they are the plugin's, and another reader may not be let read their files.
void read_alerts(JsonSection section, const std::filesystem::path& base, Secrets secrets, AlertSettings* settings);

}  // namespace radfm
