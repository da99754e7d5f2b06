// SPDX-License-Identifier: Apache-2.0
#include "core/patient_identity.h"

#include <gtest/gtest.h>

namespace radfm {
namespace {

PatientIdentity anna() { return {"P-1", "HOSP-A", "19800615", "F", "M\u00fcller^Anna"}; }

std::string reason(const PatientIdentity& current, const PatientIdentity& prior, bool one_issuer_may_be_empty = true) {
  const auto verdict = compare_identity(current, prior, one_issuer_may_be_empty);
  const auto turned = compare_identity(prior, current, one_issuer_may_be_empty);
  EXPECT_EQ(verdict.reason, turned.reason) << "the comparison must not depend on its direction";
  EXPECT_EQ(verdict.same_patient, verdict.reason.empty());
  return verdict.reason;
}

template <class Change>
std::string reason_after(Change change, bool one_issuer_may_be_empty = true) {
  PatientIdentity other = anna();
  change(other);
  return reason(anna(), other, one_issuer_may_be_empty);
}

TEST(PatientIdentity, EqualIsSame) {
  // Aim: the ordinary case, with padding and another spelling of the name.
  EXPECT_EQ(reason(anna(), anna()), "");
  EXPECT_EQ(reason_after([](auto& p) { p.patient_id = " P-1 "; }), "");
  EXPECT_EQ(reason_after([](auto& p) { p.name = "MULLER^ANNA MARIA"; }), "");
  EXPECT_EQ(reason_after([](auto& p) { p.birth_date = "1980.06.15"; }), "");
}

TEST(PatientIdentity, IdsMustBeEqualAndPlain) {
  // Aim: an empty ID is everybody's, a wildcard matches everybody, case makes a difference.
  EXPECT_EQ(reason_after([](auto& p) { p.patient_id = "p-1"; }), "patient_id_differs");
  EXPECT_EQ(reason_after([](auto& p) { p.patient_id = "P-10"; }), "patient_id_differs");
  EXPECT_EQ(reason_after([](auto& p) { p.patient_id = "  "; }), "patient_id_empty");
  for (const char* id : {"P*", "P-?", "P-1\\P-2", "*"}) {
    PatientIdentity wild = anna();
    wild.patient_id = id;
    EXPECT_EQ(reason(wild, wild), "patient_id_wildcard") << id;
  }
  PatientIdentity nobody = anna();
  nobody.patient_id = "";
  EXPECT_EQ(reason(nobody, nobody), "patient_id_empty");
}

TEST(PatientIdentity, IssuersMustAgree) {
  // Aim: the same number from two hospitals is two people; an empty issuer only by the site's choice.
  EXPECT_EQ(reason_after([](auto& p) { p.issuer = "HOSP-B"; }), "issuer_differs");
  EXPECT_EQ(reason_after([](auto& p) { p.issuer = ""; }, true), "");
  EXPECT_EQ(reason_after([](auto& p) { p.issuer = ""; }, false), "issuer_differs");
}

TEST(PatientIdentity, BirthDatesGuardAgainstReusedIds) {
  // Aim: different is different, empty on one side proves nothing, an unreadable date is compared as text.
  EXPECT_EQ(reason_after([](auto& p) { p.birth_date = "19800616"; }), "birth_date_differs");
  EXPECT_EQ(reason_after([](auto& p) { p.birth_date = ""; }), "");
  EXPECT_EQ(reason_after([](auto& p) { p.birth_date = "15/06/1980"; }), "birth_date_differs");
}

TEST(PatientIdentity, OnlyMaleAgainstFemaleContradicts) {
  // Aim: O and an empty sex say nothing about the person.
  EXPECT_EQ(reason_after([](auto& p) { p.sex = "M"; }), "sex_differs");
  EXPECT_EQ(reason_after([](auto& p) { p.sex = "O"; }), "");
  EXPECT_EQ(reason_after([](auto& p) { p.sex = ""; }), "");
}

TEST(PatientIdentity, FamilyNamesMustAgreeInOneComponentGroup) {
  // Aim: given names change, family names decide; the groups are compared each with its own kind.
  EXPECT_EQ(reason_after([](auto& p) { p.name = "Moller^Anna"; }), "name_differs");
  PatientIdentity japanese = anna(), romaji = anna(), kanji = anna(), other = anna();
  japanese.name = "Yamada^Tarou=\u5c71\u7530^\u592a\u90ce=\u3084\u307e\u3060^\u305f\u308d\u3046";
  romaji.name = "YAMADA^TARO";
  kanji.name = "=\u5c71\u7530^\u592a\u90ce";
  other.name = "Suzuki^Tarou=\u5c71\u672c";
  EXPECT_EQ(reason(japanese, romaji), "");
  EXPECT_EQ(reason(japanese, kanji), "");
  EXPECT_EQ(reason(romaji, kanji), "name_differs");
  EXPECT_EQ(reason(japanese, other), "name_differs");
}

TEST(PatientIdentity, AnEmptyNameNeedsEqualBirthDates) {
  // Aim: with neither a name nor a birth date on one side only the ID would be left.
  EXPECT_EQ(reason_after([](auto& p) { p.name = "^^^^"; }), "");
  EXPECT_EQ(reason_after([](auto& p) { p.name = ""; p.birth_date = ""; }), "name_differs");
  PatientIdentity bare = anna();
  bare.name = bare.birth_date = "";
  EXPECT_EQ(reason(bare, bare), "name_differs");
}

TEST(PatientIdentity, AGivenNameIsNoFamilyName) {
  // Aim: "^Anna" against "Müller^Anna" leaves nothing to compare, and doubt means no.
  EXPECT_EQ(reason_after([](auto& p) { p.name = "^Anna"; }), "name_differs");
}

TEST(PatientIdentity, GivenNamesMustNotContradict) {
  // Aim: twins that share ID and birth date by a slip are two; an initial, a second name or no given name is one.
  EXPECT_EQ(reason_after([](auto& p) { p.name = "M\u00fcller^Berta"; }), "name_differs");
  EXPECT_EQ(reason_after([](auto& p) { p.name = "M\u00fcller^A"; }), "");
  EXPECT_EQ(reason_after([](auto& p) { p.name = "M\u00fcller^Maria Anna"; }), "");
  EXPECT_EQ(reason_after([](auto& p) { p.name = "M\u00fcller"; }), "");
  EXPECT_EQ(reason_after([](auto& p) { p.name = "M\u00fcller Anna"; }), "");  // both in one component
}

TEST(PatientIdentity, ComponentGroupsThatDisagreeNeedTheBirthDate) {
  // Aim: one sound is written in several ways, and several names have one sound: only the birth date tells.
  PatientIdentity one = anna(), other = anna();
  one.name = "Ohno^Tarou=\u5927\u91ce^\u592a\u90ce";
  other.name = "Ono^Taro=\u5927\u91ce^\u592a\u90ce";
  EXPECT_EQ(reason(one, other), "");
  other.birth_date = "";
  EXPECT_EQ(reason(one, other), "name_differs");
}

struct TableRow {
  const char* what;
  PatientIdentity one, other;
  const char* reason;
};

TEST(PatientIdentity, TheTableOfDoubts) {
  // Aim: the rules that the words of the header give, row by row, in both directions.
  const std::string decomposed = "Mu\u0308ller^Anna";
  const TableRow rows[] = {
      {"a shared ID", {"UNKNOWN", "", "19800615", "F", "A^B"}, {"UNKNOWN", "", "19800615", "F", "A^B"}, "patient_id_shared"},
      {"its capitals", {"anonymous", "", "19800615", "F", "A^B"}, {"anonymous", "", "19800615", "F", "A^B"}, "patient_id_shared"},
      {"one character", {"0000", "", "19800615", "F", "A^B"}, {"0000", "", "19800615", "F", "A^B"}, "patient_id_shared"},
      {"a repeated digit", {"9999", "", "19800615", "F", "A^B"}, {"9999", "", "19800615", "F", "A^B"}, "patient_id_shared"},
      {"a small number", {"22", "", "19800615", "F", "A^B"}, {"22", "", "19800615", "F", "A^B"}, ""},
      {"a control character", {"P\x01", "", "", "F", "A^B"}, {"P\x01", "", "", "F", "A^B"}, "patient_id_wildcard"},
      {"empty before wildcard", {"", "", "", "", ""}, {"P*", "", "", "", ""}, "patient_id_empty"},
      {"decomposed accents", {"P-1", "", "", "F", "M\u00fcller^Anna"}, {"P-1", "", "", "F", decomposed}, ""},
      {"another ID before all else", {"P-1", "A", "1", "F", "X"}, {"P-2", "B", "2", "M", "Y"}, "patient_id_differs"},
      {"other universal issuers", {"P-1", "A", "", "F", "X", "1.2"}, {"P-1", "A", "", "F", "X", "1.3"}, "issuer_differs"},
      {"a universal issuer on one side", {"P-1", "A", "", "F", "X", "1.2"}, {"P-1", "A", "", "F", "X"}, ""},
      {"sex in small letters", {"P-1", "", "", "m", "X"}, {"P-1", "", "", "F", "X"}, "sex_differs"},
      {"sex in words", {"P-1", "", "", "MALE", "X"}, {"P-1", "", "", "M", "X"}, ""},
      {"no name, an impossible date", {"P-1", "", "00000000", "F", ""}, {"P-1", "", "00000000", "F", ""}, "name_differs"},
      {"no name, the date for unknown", {"P-1", "", "19000101", "F", ""}, {"P-1", "", "19000101", "F", ""}, "name_differs"},
      {"a name for nobody", {"P-1", "", "", "F", "UNKNOWN^A"}, {"P-1", "", "", "F", "UNKNOWN^A"}, "name_differs"},
      {"a name for nobody, born one day", {"P-1", "", "19800615", "F", "Unknown"}, {"P-1", "", "19800615", "F", "Doe^J"}, ""},
      {"other characters, one name", {"P-1", "", "", "F", "\u041f\u0435\u0442\u0440\u043e\u0432"}, {"P-1", "", "", "F", "\u041f\u0415\u0422\u0420\u041e\u0412"}, ""},
      {"family and given name exchanged", {"P-1", "", "19800615", "F", "Anna^M\u00fcller"}, {"P-1", "", "19800615", "F", "M\u00fcller^Anna"}, "name_differs"},
  };
  for (const TableRow& row : rows) EXPECT_EQ(reason(row.one, row.other), row.reason) << row.what;
}

TEST(PatientIdentity, TheSitesListOfSharedIds) {
  // Aim: an administrator's patterns replace the list; the repeated character stays.
  IdentityRules rules;
  rules.shared_patient_ids = {"ER-*"};
  EXPECT_EQ(why_no_ones_id("er-17", rules), "patient_id_shared");
  EXPECT_EQ(why_no_ones_id("UNKNOWN", rules), "");
  EXPECT_EQ(why_no_ones_id("XXX", rules), "patient_id_shared");
  EXPECT_EQ(why_no_ones_id(" P-1 ", rules), "");
}

TEST(PatientIdentity, IsReadFromAHeader) {
  // Aim: the five tags, with padding cut.
  AttributeSet header;
  header[0x00100020] = {"LO", " P-1 ", {}};
  header[0x00100021] = {"LO", "HOSP-A", {}};
  header[0x00100030] = {"DA", "19800615", {}};
  header[0x00100040] = {"CS", "F ", {}};
  header[0x00100010] = {"PN", "M\u00fcller^Anna", {}};
  EXPECT_EQ(identity_of(header), anna());
  AttributeSet qualifiers;
  qualifiers[0x00400032] = {"UT", "1.2.276.0.1 ", {}};
  header[0x00100024] = {"SQ", "", {qualifiers}};
  EXPECT_EQ(identity_of(header).issuer_entity, "1.2.276.0.1");
  EXPECT_EQ(identity_of({}), PatientIdentity());
}

}  // namespace
}  // namespace radfm
