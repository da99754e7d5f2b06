// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace radfm::scu {

// To be called first in main() of every program that speaks DICOM, before any thread exists: sets
// TCP_NODELAY=1 in the environment where DCMTK reads it (with Nagle's algorithm on, small objects go at 11 a
// second), ignores SIGPIPE, keeps DCMTK from asking a name server about each caller, silences its own log,
// which may quote what a peer sends, and has it fill its tables, which it does at the first use and without a
// lock.
void use_dicom_network();

}  // namespace radfm::scu
