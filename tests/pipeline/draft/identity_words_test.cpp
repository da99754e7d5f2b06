// SPDX-License-Identifier: Apache-2.0
#include "pipeline/draft/identity_words.h"

#include <gtest/gtest.h>

#include "pipeline/draft/labelled_values.h"
#include "tests/pipeline/draft/hand_made_study.h"

namespace radfm::draft {
namespace {

IdentityWords words_of(const std::string& name, const std::string& id = "PAT1",
                       const std::string& birth = "19670203") {
  imaging::StudyReading study = test::study("1.2.9", "20240311");
  test::set(study, tag::patient_name, name, "PN");
  test::set(study, tag::patient_id, id);
  test::set(study, tag::birth_date, birth, "DA");
  test::set(study, tag::referring_physician, "House^Gregory", "PN");
  IdentityWords words;
  words.add(study.header);
  return words;
}

TEST(IdentityWords, NamesInAnyForm) {
  // Capitals, order, accents, possessive, hyphens and the physician's name.
  const IdentityWords words = words_of("M\u00fcller-Smythe^Anna^Maria");
  EXPECT_EQ(words.without("MULLER-SMYTHE, ANNA has a nodule."), "___-___, ___ has a nodule.");
  EXPECT_EQ(words.without("Ms. Smythe's lung"), "Ms. ___'s lung");
  EXPECT_EQ(words.without("Dr. House was told"), "Dr. ___ was told");
  EXPECT_EQ(words.without("Annapurna, manna and Mullerian duct"), "Annapurna, manna and Mullerian duct");
}

TEST(IdentityWords, WordsOfReportsOnlyAsNames) {
  // "Long" and "Hand" are names only beside another name or a title.
  const IdentityWords words = words_of("Long^Hand");
  EXPECT_EQ(words.without("A long lesion of the left hand."), "A long lesion of the left hand.");
  EXPECT_EQ(words.without("Mr. Long has pain. LONG, HAND was seen."), "Mr. ___ has pain. ___, ___ was seen.");
}

TEST(IdentityWords, NamesWithoutBlanks) {
  // Ideographic and phonetic groups.
  const IdentityWords words =
      words_of("Yamada^Tarou=\u5c71\u7530^\u592a\u90ce=\u3084\u307e\u3060^\u305f\u308d\u3046");
  EXPECT_EQ(words.without("\u60a3\u8005\u5c71\u7530\u592a\u90ce\u69d8"), "\u60a3\u8005___\u69d8");
  EXPECT_EQ(words.without("\u5c71\u7530\u69d8 (Yamada)"), "___\u69d8 (___)");
}

TEST(IdentityWords, BirthDatesAndIds) {
  // The usual ways to write a date; IDs as whole words, short numbers are sizes; other dates and numbers
  // stay.
  const IdentityWords words = words_of("Doe^Jane", "P-4711");
  for (const char* date : {"19670203", "1967-02-03", "03.02.1967", "3.2.1967", "02/03/1967", "3/2/67",
                           "3 Feb 1967", "February 3, 1967", "03-FEB-1967"}) {
    EXPECT_EQ(words.without("born " + std::string(date) + "."), "born ___.") << date;
  }
  EXPECT_EQ(words.without("ID p-4711, study A1.2.9 of 2024-03-11"), "ID ___, study ___ of 2024-03-11");
  EXPECT_EQ(words.without("P-47112 and XP-4711"), "P-47112 and XP-4711");
  EXPECT_EQ(words_of("Doe^Jane", "22").without("a mass of 22 mm"), "a mass of 22 mm");
  EXPECT_EQ(words_of("", "", "").without("a mass of 22 mm in 1967"), "a mass of 22 mm in 1967");
}

TEST(IdentityWords, LabelledValues) {
  // What a document's head says of persons whom no header names.
  EXPECT_EQ(without_labelled_values("Patient Name: Smith, Bob  DOB: 1.1.1950\nMRN#: 123; Exam: CT", "___"),
            "Patient Name: ___  DOB: ___\nMRN#: ___; Exam: CT");
  EXPECT_EQ(without_labelled_values("Findings: none\nPatient: 57-year-old\nUsername: x", "___"),
            "Findings: none\nPatient: 57-year-old\nUsername: x");
  EXPECT_EQ(without_labelled_values("DOB:\nnext", "___"), "DOB:\nnext");
  EXPECT_EQ(without_labelled_values("", "___"), "");
}

TEST(IdentityWords, APatientsNameInAText) {
  // The patient's own names alone, not the physician's, not a word of reports.
  EXPECT_TRUE(words_of("Doe^Jane").names_patient("Findings: JANE has a nodule."));
  EXPECT_FALSE(words_of("Doe^Jane").names_patient("Findings: a nodule; Dr. House was told."));
  EXPECT_FALSE(words_of("Long^Hand").names_patient("A long lesion of the hand."));
  EXPECT_FALSE(words_of("").names_patient("Anything."));
}

TEST(IdentityWords, BrokenTextStaysWhatItIs) {
  // Bytes that are no UTF-8 and names that are none.
  EXPECT_EQ(words_of("\xFF\xFE^").without("\xFF\xFE lung \xC3"), "\xFF\xFE lung \xC3");
  EXPECT_EQ(words_of("^^=^=").without("a lung"), "a lung");
}

}  // namespace
}  // namespace radfm::draft
