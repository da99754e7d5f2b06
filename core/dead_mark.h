// SPDX-License-Identifier: Apache-2.0
// A dead job is visible in the study too: an entry beside the delivered marks (core/job.h) in the study's metadata in Orthanc,
// {"jobs":[...],"dead":{"digest":"...","run":0,"code":"broken"}}. The next delivery of the study takes it away.
#pragma once

#include <string>
#include <string_view>

#include "core/job.h"

namespace radfm {

// The metadata's text with this dead job named; delivered marks that can be read are kept, all else is left out.
std::string add_dead_mark(std::string_view existing_json, const JobIdentity& identity, std::string_view code);

}  // namespace radfm
