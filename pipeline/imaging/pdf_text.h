// SPDX-License-Identifier: Apache-2.0
// The text layer of a PDF report, by poppler's pdftotext as a process of its own: it is GPL, and a PDF is
// hostile. It gets the document on its standard input, no environment, limits of memory, time and output, and
// the reader's sandbox: no network, no file written, no other program's memory. It dies with the calling
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "core/result.h"

namespace radfm::imaging {

struct PdfTextLimits {
  std::filesystem::path program = "/usr/bin/pdftotext";
  std::int64_t timeout_ms = 10'000;
  std::int64_t memory_max_mb = 512;
  int pages_max = 50;                                   // later ones are not read
  std::size_t text_bytes_max = std::size_t{256} << 10;  // longer text is cut
};

// UTF-8 with '\n'. `document_fd`: an open regular file or memfd, read from its start. `wake_fd`: when
// readable, cancelled "woken" (negative: none). Errors, whose messages are parts of a sentence; all
// permanent: "pdf_program_missing", "pdf_timeout", "pdf_broken" (also one that needs a password or too much
// memory), "pdf_no_text" (a scan); transient "no_process".
Result<std::string> pdf_text(int document_fd, const PdfTextLimits& limits, int wake_fd = -1);

}  // namespace radfm::imaging
