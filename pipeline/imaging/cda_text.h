// SPDX-License-Identifier: Apache-2.0
// The text of a clinical document (HL7 CDA Release 2, as PS3.20 makes imaging reports of it). Own reading of
// the parser's events: no entity is expanded (a document type declaration ends the reading), nothing outside
// the document is opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/patient_identity.h"
#include "core/result.h"

namespace radfm::imaging {

inline constexpr int cda_depth_max = 64;                                   // elements open at one time
inline constexpr std::size_t cda_text_bytes_max = std::size_t{256} << 10;  // longer text is cut
inline constexpr std::size_t cda_persons_max = 100;

struct CdaDocument {
  std::string title;
  std::string text;                  // "Heading:" lines of section titles, paragraphs, '\n', UTF-8
  PatientIdentity patient;           // name (PN form), birth date, sex (M, F) of recordTarget
  std::vector<std::string> persons;  // authors and authenticators, PN form
  bool is_signed = false;            // a legal authenticator whose signature code is S
};

// Character sets: UTF-8, UTF-16, ISO-8859-1, US-ASCII, and what the C library converts (xml_encoding.h).
// Errors, all permanent: "cda_broken", "cda_too_nested", "cda_has_doctype"; the message is a part of a
// sentence.
Result<CdaDocument> read_cda_document(std::span<const std::uint8_t> document);

}  // namespace radfm::imaging
