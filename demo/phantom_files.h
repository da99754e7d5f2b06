// SPDX-License-Identifier: Apache-2.0
// Drawn studies as real DICOM, with a made-up patient: what the node is sent, and what it tells the model of the patient.
// The same seed gives the same bytes. Safe from any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/attribute_set.h"
#include "core/result.h"
#include "demo/dicom_writer.h"
#include "demo/phantom_case.h"

namespace radfm::demo {

// A made-up person and what the request says. A quarter have no age or sex, a third no indication; an indication says
// nothing about the pixels, and often lies ("nodule in the left lung").
struct PhantomPatient {
  Patient patient;          // birth date and sex may be empty
  std::string indication;   // may be empty
  std::string prior_date, current_date;  // DA
};
PhantomPatient draw_patient(std::uint64_t seed);

// The attributes of the current study that the prompt's context is made of (pipeline/draft/prompt_builder.h).
AttributeSet header_of(const PhantomPatient& patient);

enum class Which { prior, current };
// Writes the study's files as FOLDER/001.dcm, ...; the folder is created. UIDs, accession number and dates come from the
// seed: a prior and a current study of one seed are of one patient. Errors: those of save_instance.
Status write_phantom_study(const std::filesystem::path& folder, std::uint64_t seed, Which which, const phantom::Visit& visit);

}  // namespace radfm::demo
