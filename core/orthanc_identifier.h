// SPDX-License-Identifier: Apache-2.0
// How Orthanc names a patient, study, series or instance: the SHA-1 of its DICOM identifiers from the patient down, joined with '|',
// in five groups of eight hexadecimal digits (Orthanc Book, "Orthanc identifiers"). So whoever knows the four identifiers of an image
// can tell whether an instance is that image, and of which study. Nothing here keeps state; safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace radfm {

using OrthancKey = std::array<std::uint8_t, 20>;  // the hash itself

// Of "patient", "patient|study", "patient|study|series" or "patient|study|series|instance": Patient ID and UIDs as Orthanc's index
// holds them, in UTF-8 and without outer blanks. Throws std::bad_alloc.
OrthancKey orthanc_key(std::string_view joined_identifiers);
std::string orthanc_identifier(const OrthancKey& key);
// Nothing: of another form, which is never made part of a request.
std::optional<OrthancKey> parse_orthanc_identifier(std::string_view text);

}  // namespace radfm
