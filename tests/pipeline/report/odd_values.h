// SPDX-License-Identifier: Apache-2.0
// Values of a header that are odd and legal, or illegal, and what must become of each (PS3.5 6.2; pipeline/report/source_legality.h).
// What dciodvfy says of those that are copied although they are illegal stands in judge_jobs.py, by name.
#pragma once

#include <string>
#include <vector>

#include "tests/pipeline/report/source_studies.h"

namespace radfm::report::generated {

struct OddValue {
  SourceValue value;
  const char* scripts = "";  // only with texts of these scripts; empty: with any
};

inline const std::vector<OddValue> odd_values = {
    // Odd and legal.
    {{0, 0x00100010, "PN", ""}},
    {{0, 0x00100010, "PN", "^^^^"}},
    {{0, 0x00100010, "PN", "Only"}},
    {{0, 0x00100010, "PN", "Smith^^^^"}},
    {{0, 0x00100010, "PN", "*"}},
    {{0, 0x00100010, "PN", "=山田^太郎"}, "cju"},
    {{0, 0x00100010, "PN", "Wang^Dong=王^东="}, "c"},
    {{0, 0x00100020, "LO", " PAT 1 (a)/b"}},
    {{0, 0x00100020, "LO", "<script>'--"}},
    {{0, 0x00100021, "LO", "HOSP-A"}},
    {{0x00100024, 0x00400032, "UT", "1.2.3.4"}},
    {{0, 0x00100030, "DA", ""}},
    {{0, 0x00100040, "CS", ""}},
    {{0, 0x00100040, "CS", "O"}},
    {{0, 0x00101001, "PN", "Doe^J.\\Roe^J."}},
    {{0, 0x00101000, "LO", "A1\\B2"}},
    {{0, 0x00101010, "AS", "000D"}},
    {{0, 0x00101010, "AS", "057Y"}},
    {{0, 0x00101020, "DS", "1.8"}},
    {{0, 0x00101030, "DS", "7.05e1"}},
    {{0, 0x00101030, "DS", " +70.5"}},
    {{0, 0x00102160, "SH", "0123456789abcdef"}},
    {{0, 0x001021A0, "CS", "UNKNOWN"}},
    {{0, 0x001021C0, "US", "4"}},
    {{0, 0x00080030, "TM", "1015"}},
    {{0, 0x00080030, "TM", "235960.123456"}},
    {{0, 0x00080201, "SH", "-0330"}},
    {{0, 0x00080201, "SH", "+1300"}},
    {{0, 0x00081080, "LO", "Cough\\Fever"}},
    {{0, 0x00081048, "PN", "Cuddy^Lisa\\House^Gregory"}},
    {{0, 0x00081030, "LO", std::string(64, 'D')}},
    {{0, 0x00380010, "LO", "ADM/7"}},
    {{0, 0x00120010, "LO", "Sponsor"}},
    {{0, 0x00104000, "LT", std::string(10'240, 'c')}},
    {{0, 0x001021B0, "LT", "Line one\\still\r\nline two\fpage two"}},
    // Illegal, and no matter of whose study it is: emptied where it must be there, else left out.
    {{0, 0x00100040, "CS", "X", Fate::emptied}},
    {{0, 0x00100040, "CS", "f", Fate::emptied}},
    {{0, 0x00100030, "DA", "1969", Fate::emptied}},
    {{0, 0x00100030, "DA", "19690230", Fate::emptied}},
    {{0, 0x00080020, "DA", "2026.03.11", Fate::emptied}},
    {{0, 0x00080030, "TM", "25:00", Fate::emptied}},
    {{0, 0x00080030, "TM", "101", Fate::emptied}},
    {{0, 0x00101010, "AS", "45", Fate::left_out}},
    {{0, 0x00101010, "AS", "057y", Fate::left_out}},
    {{0, 0x00101030, "DS", "heavy", Fate::left_out}},
    {{0, 0x00101030, "DS", "70,5", Fate::left_out}},
    {{0, 0x00101020, "DS", "1.80000000000000001", Fate::left_out}},
    {{0, 0x00081030, "LO", "two\\descriptions", Fate::left_out}},
    {{0, 0x00081030, "LO", std::string(65, 'D'), Fate::left_out}},
    {{0, 0x00081030, "LO", "tab\there", Fate::left_out}},
    {{0, 0x00102160, "SH", "0123456789abcdefg", Fate::left_out}},
    {{0, 0x001021A0, "CS", "MAYBE", Fate::left_out}},
    {{0, 0x001021C0, "US", "7", Fate::left_out}},
    {{0, 0x00104000, "LT", std::string(10'241, 'c'), Fate::left_out}},
    {{0, 0x00080201, "SH", "+01:00", Fate::left_out}},
    {{0x00081032, 0x00080104, "LO", "", Fate::left_out}},
    {{0x00081032, 0x00080104, "LO", std::string(65, 'm'), Fate::left_out}},
    {{0x00081032, 0x00080104, "LO", "two\\meanings", Fate::left_out}},
    {{0x00081032, 0x00080102, "SH", "A-SCHEME-OF-MORE-THAN-16", Fate::left_out}},
    // Copied all the same: whose study it is, and what a validator takes for illegal.
    {{0, 0x00100020, "LO", ""}},
    {{0, 0x00100020, "LO", std::string(70, '7')}},
    {{0, 0x00100020, "LO", "A\\B"}},
    {{0, 0x00100010, "PN", "A=B=C=D"}},
    {{0, 0x00100010, "PN", "a^b^c^d^e^f"}},
    {{0, 0x00100010, "PN", std::string(80, 'N') + "^J"}},
    {{0, 0x00080090, "PN", std::string(65, 'R')}},
    {{0, 0x00080050, "SH", "ACCESSION-NUMBER-OF-30-LETTERS"}},
    {{0, 0x00200010, "SH", ""}},
    {{0, 0x00200010, "SH", "STUDY-ID-OF-MORE-THAN-16"}},
    {{0, 0x00080020, "DA", ""}},
    {{0, 0x00080030, "TM", ""}},
    {{0, 0x00101030, "DS", "0"}},
    {{0, 0x00081030, "LO", "胸部正位片胸部正位片胸部正位片胸部正位片"}, "cju"},
};

}  // namespace radfm::report::test
