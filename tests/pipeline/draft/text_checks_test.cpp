// SPDX-License-Identifier: Apache-2.0
// Each flag with texts that must raise it and texts that must not; the language of the demonstration's reports raises none.
#include "pipeline/draft/text_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "demo/phantom_case.h"
#include "demo/report_language.h"
#include "pipeline/report/answer_sections.h"

namespace radfm::draft {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Codes = std::vector<std::string_view>;

CheckedDraft draft_of(const std::string& text, Task task = Task::report) {
  CheckedDraft draft;
  draft.text = text;
  draft.sections = report::sections_of_answer(task, "", text);
  draft.task = task;
  draft.stopped = "end";
  return draft;
}

// A study with everything that a text may speak of.
CheckedDraft told_all(const std::string& text) {
  CheckedDraft draft = draft_of(text);
  draft.prior_image_shown = draft.prior_report_read = true;
  return draft;
}

Codes codes_of(const CheckedDraft& draft) {
  Codes codes;
  for (const TextFlag& flag : check_text(draft)) codes.push_back(flag.code);
  return codes;
}

void expect_each(std::string_view code, const std::vector<const char*>& texts, CheckedDraft (*with)(const std::string&)) {
  for (const char* text : texts) EXPECT_EQ(codes_of(with(text)), Codes{code}) << text;
}
void expect_none(const std::vector<const char*>& texts, CheckedDraft (*with)(const std::string&)) {
  for (const char* text : texts) EXPECT_EQ(codes_of(with(text)), Codes{}) << text;
}

CheckedDraft no_prior(const std::string& text) { return draft_of(text); }

TEST(TextChecks, AComparisonWithoutAPrior) {
  // Whatever needs an earlier study is flagged where the model was told of none; advice, absence and densities are not.
  expect_each(flag::comparison_without_prior,
              {"The effusion is unchanged.", "Stable cardiomegaly.", "Unchanged left pleural effusion.",
               "Compared to the prior study the nodule is larger.", "In comparison there is no change.", "There is no change.",
               "No significant interval change.", "The opacity has resolved.", "Interval resolution of the effusion.",
               "There is a new nodule in the left lung.", "The nodule is new.", "The effusion has decreased in size.",
               "The heart was normal on the prior study.", "A previously seen nodule is again noted.",
               "The consolidation has slightly improved since the previous radiograph.", "No pneumothorax. The effusion is larger.",
               "Findings: No effusion. Impression: Resolved left pneumothorax."},
              no_prior);
  expect_none({"No prior study is available for comparison. The lungs are clear.", "There is no prior study for comparison.",
               "Without prior studies the age of the fracture is not known.", "Comparison with prior studies is recommended.",
               "If prior images exist, they should be compared.", "The heart size is increased.", "Increased interstitial markings.",
               "Decreased lung volumes.", "The right effusion is larger than the left.", "Bilateral effusions, the right is larger.",
               "The patient is hemodynamically stable.", "Stable fracture of the pelvis.", "Newborn with respiratory distress.",
               "Follow-up in a 3-month interval is recommended until the opacity has resolved.", "No ischemic changes.",
               "New onset seizure.", "The left base is not shown, since the study is limited.", "Follow-up to assess interval change.",
               "Prior cholecystectomy.", "Previously healthy patient.", "No acute change."},
              no_prior);
  CheckedDraft report_read = draft_of("The nodule is unchanged.");
  report_read.prior_report_read = true;
  EXPECT_THAT(codes_of(report_read), IsEmpty());
  report_read.prior_report_read = false;
  report_read.prior_image_shown = true;
  EXPECT_THAT(codes_of(report_read), IsEmpty());
}

CheckedDraft of_right_hand(const std::string& text) {
  CheckedDraft draft = told_all(text);
  draft.laterality = 'R';
  return draft;
}

TEST(TextChecks, ASideAgainstTheImages) {
  // The other side beside a paired part, and the own side nowhere.
  expect_each(flag::side_contradicts_image,
              {"There is a fracture of the left wrist.", "Left hand radiograph. No fracture.", "Mass in the left upper breast."},
              of_right_hand);
  expect_none({"There is a fracture of the right wrist.", "The right hand is normal. The left hand is not shown.", "Both hands are normal.",
               "The thumb was left out.", "No fracture is left.", "Compared to the left hand the joint space is narrow.",
               "Status post fracture of the left wrist.", "The left ventricle is normal.", "No fracture."},
              of_right_hand);
  CheckedDraft left = draft_of("There is a fracture of the right hip.");
  EXPECT_THAT(codes_of(left), IsEmpty());  // of both sides, or not known
  left.laterality = 'L';
  EXPECT_EQ(codes_of(left), Codes{flag::side_contradicts_image});
}

TEST(TextChecks, ASideAgainstTheTextItself) {
  expect_each(flag::side_contradicts_itself,
              {"Findings: There is a large right pleural effusion. Impression: Left pleural effusion.",
               "Findings: There is a 24 mm nodule in the right lower zone. Impression: Left lower zone nodule.",
               "Findings: Consolidation in the left upper lobe. Impression: Pneumothorax, right upper lobe consolidation."},
              told_all);
  expect_none({"Findings: There is a right effusion. Impression: Right effusion.",
               "Findings: There are effusions on the left and on the right. Impression: Left effusion.",
               "Findings: There is a large effusion with shift to the right. Impression: Large left effusion.",
               "Findings: No right pneumothorax. Impression: Left pneumothorax.",
               "Findings: Right nodule. Left nodule. Impression: Left nodule.",
               "Findings: A nodule is seen. Impression: Left nodule.",
               "Findings: The prior study showed a nodule in the left lung. A nodule is seen in the right lung. "
               "Impression: New right nodule, resolved left nodule.",
               "Findings: Tube on the right in the effusion. Impression: Left effusion.",
               "Findings: Right hepatic lesion. Left lung nodule. Impression: Left lung lesion.",
               "Findings: Bilateral effusions, right more than left. Impression: Right effusion."},
              told_all);
}

CheckedDraft of_woman(const std::string& text) {
  CheckedDraft draft = told_all(text);
  draft.sex = "F";
  return draft;
}
CheckedDraft of_man(const std::string& text) {
  CheckedDraft draft = told_all(text);
  draft.sex = "M";
  return draft;
}
CheckedDraft of_other(const std::string& text) {
  CheckedDraft draft = told_all(text);
  draft.sex = "O";
  return draft;
}

TEST(TextChecks, OrgansOfTheOtherSex) {
  const std::vector<const char*> men = {"The prostate is enlarged.", "Left testicular mass.", "The seminal vesicles are normal."};
  const std::vector<const char*> women = {"The uterus is normal.", "Right ovarian cyst.", "Carcinoma of the cervix uteri."};
  expect_each(flag::sex_specific_organ, men, of_woman);
  expect_each(flag::sex_specific_organ, women, of_man);
  expect_none(women, of_woman);
  expect_none(men, of_man);
  expect_none({"The prostate is enlarged.", "Right ovarian cyst."}, of_other);
  expect_none({"The cervical spine is normal.", "Cervical lymph nodes.", "Fetal ovaries are normal.", "Mass in the breast.",
               "Dens and cervix dentis."}, of_man);
}

CheckedDraft without_spacing(const std::string& text) {
  CheckedDraft draft = draft_of(text);
  draft.spacing_known = false;
  return draft;
}

TEST(TextChecks, SizesWithoutSpacing) {
  expect_each(flag::size_without_spacing,
              {"There is a 24 mm nodule.", "A mass measures 2.4 x 1.8 cm.", "A 5mm calculus.", "Tube tip 3 centimeters above the carina."},
              without_spacing);
  expect_none({"There is a small nodule.", "5 mm slices.", "Slice thickness of 3 mm.", "Peak velocity 80 cm/s.", "Pressure of 20 mm Hg.",
               "Level L4.", "T2 lesion."},
              without_spacing);
  EXPECT_THAT(codes_of(draft_of("There is a 24 mm nodule.")), IsEmpty());
  CheckedDraft read = without_spacing("The nodule measured 8 mm on the prior CT, where it was 8 mm.");
  read.prior_report_read = true;
  EXPECT_THAT(codes_of(read), IsEmpty());  // its report can have said so
}

TEST(TextChecks, AVerdictAgainstItsSizes) {
  // Old size, new size and verdict, in three sentences or in one.
  expect_each(flag::verdict_contradicts_sizes,
              {"There is a 24 mm nodule in the right lower zone. The prior study showed a 16 mm nodule in the right lower zone. "
               "The nodule is smaller.",
               "There is a 24 mm nodule. On the prior study there was a 24 mm nodule. The nodule is larger.",
               "A large consolidation is seen in the left upper zone. The prior CT showed a small consolidation in the left upper "
               "zone. In comparison the consolidation is unchanged.",
               "There is a 16 mm nodule. The prior study showed a 24 mm nodule. The nodule is unchanged.",
               "It was 16 mm and is now 24 mm, smaller.", "The nodule has decreased from 16 mm to 2.4 cm.",
               "The nodule is smaller, measuring 24 mm, previously 16 mm.", "The mass has increased from 30 to 20 mm.",
               "The nodule is larger and measures 16 mm compared to 24 mm previously."},
              told_all);
  expect_none({"There is a 24 mm nodule. The prior study showed a 16 mm nodule. The nodule is larger.",
               "There is a 17 mm nodule. The prior study showed a 16 mm nodule. The nodule is unchanged.",
               "There is a small effusion. The prior study showed a small effusion. The effusion is larger.",
               "There is a 24 mm nodule. The prior study showed a 16 mm mass. The nodule is smaller.",
               "There is a 24 mm nodule in the left lung. The prior study showed a 16 mm nodule in the right lung. The left nodule is unchanged.",
               "There is a 24 mm nodule. There is a 5 mm nodule. The prior study showed a 16 mm nodule. The nodule is smaller.",
               "There is a 24 mm nodule. The prior study showed a 16 mm nodule. Another nodule in the left lung is smaller.",
               "The right kidney measures 10 cm compared to 9 cm on the left, unchanged.", "Nodule of 8-10 mm, previously 12 mm, unchanged.",
               "The nodule has increased from 16 mm to 24 mm.", "It was 16 mm and is now 12 mm, smaller.", "It was 16 mm and is now 18 mm, stable.",
               "Stable nodules ranging from 5 mm to 10 mm.", "Decreased nodules ranging from 5 mm to 12 mm.",
               "Unchanged lesions from 5 mm to 10 mm.",
               "The aorta measures 40 mm and the pulmonary artery 28 mm, both unchanged."},
              told_all);
}

TEST(TextChecks, AnImpressionAgainstItsFindings) {
  expect_each(flag::impression_contradicts_findings,
              {"Findings: There is a large left pneumothorax. Impression: No acute cardiopulmonary process.",
               "Findings: There is a 24 mm nodule in the right lung. Impression: Normal chest.",
               "Findings: The heart is enlarged. Impression: Normal chest.", "Findings: The heart is normal. Impression: Cardiomegaly.",
               "Findings: The heart is normal and was enlarged on the prior study. Impression: Cardiomegaly.",
               "Findings: No pleural effusion or pneumothorax. Impression: Left pneumothorax.",
               "Findings: The lungs are clear. Impression: Left lower lobe consolidation.",
               "Findings: The nodule is larger. Impression: Smaller right nodule."},
              told_all);
  expect_none({"Findings: There is a large left pneumothorax. Impression: Large left pneumothorax.",
               "Findings: There is a calcified nodule. Impression: Normal chest.",
               "Findings: The heart is enlarged. Impression: No acute cardiopulmonary process.",
               "Findings: There is a 4 mm nodule. Impression: No acute abnormality.",
               "Findings: The heart is enlarged and was normal on the prior study. Impression: Cardiomegaly.",
               "Findings: The heart is normal in position and enlarged. Impression: Cardiomegaly.",
               "Findings: No right effusion. There is a left effusion. Impression: Left effusion.",
               "Findings: No large effusion. Impression: Small left effusion.",
               "Findings: No effusion on the left. A right effusion is seen. Impression: Right effusion.",
               "Findings: The lungs are clear. There is a liver mass. Impression: Mass in the liver.",
               "Findings: The lungs are clear. The prior study showed a consolidation. Impression: Resolved left consolidation.",
               "Findings: No consolidation. Impression: Possible pneumonia.", "Findings: No fracture. Impression: No fracture.",
               "Findings: No mass. Impression: Hemorrhage with mass effect.", "Findings: No fracture. Impression: Healed rib fracture.",
               "Findings: There is atelectasis. Impression: Normal chest.",
               "Findings: The lungs are clear. Impression: Normal chest.", "Impression: Cardiomegaly.", "Findings: The heart is normal."},
              told_all);
}

CheckedDraft of_radiograph(const std::string& text) {
  CheckedDraft draft = told_all(text);
  draft.modalities = {"CR", "DX"};
  return draft;
}

TEST(TextChecks, AnotherModality) {
  expect_each(flag::modality_differs,
              {"CT of the chest. The lungs are clear.", "Findings: Chest CT. The lungs are clear.", "MRI brain.",
               "The lungs are clear. This CT shows a nodule.", "The CT scan shows a nodule."},
              of_radiograph);
  expect_none({"Chest radiograph. The lungs are clear.", "Chest X-ray.", "The lungs are clear. CT is recommended.", "Chest CT is recommended.",
               "Increased CT ratio.", "The prior CT showed a nodule.", "Compared to CT of 2019, no change.", "Nodule, see CT.",
               "Radiograph and CT of the chest.", "CT-guided biopsy clips.", "Nodule seen on CT.", "Mild MR."},
              of_radiograph);
  CheckedDraft other = told_all("CT of the chest.");
  other.modalities = {"CT"};
  EXPECT_THAT(codes_of(other), IsEmpty());
  other.modalities = {"MR"};
  EXPECT_EQ(codes_of(other), Codes{flag::modality_differs});
  other.modalities = {"PT"};  // a PET/CT may be called a CT
  EXPECT_THAT(codes_of(other), IsEmpty());
  other.modalities = {};
  EXPECT_THAT(codes_of(other), IsEmpty());
}

TEST(TextChecks, WhatIsNoText) {
  // Silence, loops, rubbish; at their limits and one past them.
  EXPECT_EQ(codes_of(draft_of("")), Codes{flag::empty_text});
  EXPECT_EQ(codes_of(draft_of(" \r\n\t")), Codes{flag::empty_text});
  EXPECT_EQ(codes_of(draft_of("lung lung lung lung lung")), Codes{});
  EXPECT_EQ(codes_of(draft_of("lung lung lung lung lung lung")), Codes{flag::repeats});
  const std::string sentence = "There is no pleural effusion. ";
  EXPECT_EQ(codes_of(draft_of(sentence + sentence)), Codes{});
  EXPECT_EQ(codes_of(draft_of("Findings: " + sentence + sentence + "Impression: " + sentence)), Codes{});
  EXPECT_EQ(codes_of(draft_of(sentence + sentence + sentence)), Codes{flag::repeats});
  std::string levels;  // of a spine
  for (int i = 0; i < 5; ++i) levels += "Level " + std::to_string(i) + ". No spinal canal stenosis is seen. ";
  EXPECT_EQ(codes_of(draft_of(levels)), Codes{});
  EXPECT_EQ(codes_of(draft_of(levels + levels)), Codes{flag::repeats});
  EXPECT_EQ(codes_of(draft_of("1234567890 !!!! ---- 7777 ....")), Codes{flag::not_language});
  EXPECT_EQ(codes_of(draft_of("Nodule 24 x 18 x 12 mm, 2.")), Codes{});
  EXPECT_EQ(codes_of(draft_of(std::string(60, 'a'))), Codes{});
  EXPECT_EQ(codes_of(draft_of(std::string(61, 'a'))), Codes{flag::not_language});
  EXPECT_EQ(codes_of(draft_of("Clear lungs \xEF\xBF\xBD\xEF\xBF\xBD")), Codes{});
  EXPECT_EQ(codes_of(draft_of("Clear lungs \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")), Codes{flag::not_language});
  EXPECT_EQ(codes_of(draft_of("Clear \xFF lungs")), Codes{flag::not_language});
  EXPECT_EQ(codes_of(draft_of("Keine Ergüsse, Lungen frei belüftet.")), Codes{});
  EXPECT_EQ(codes_of(draft_of("双肺纹理清晰,未见明显实质性病变。心影大小形态正常。")), Codes{});
  EXPECT_EQ(codes_of(draft_of("😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀")), Codes{flag::not_language});
  CheckedDraft cut = draft_of("The lungs are");
  cut.stopped = "limit";
  EXPECT_EQ(codes_of(cut), Codes{flag::length_limit});
}

TEST(TextChecks, FlagsThatAreKnownAlreadyGetTheirSentence) {
  // Those of the engine and of the name check, once each; what is no flag of a text gets none.
  CheckedDraft draft = draft_of("lung lung lung lung lung lung");
  draft.flags = {"prompt_shortened", "repeats", "patient_name"};
  const std::vector<TextFlag> flags = check_text(draft);
  ASSERT_EQ(flags.size(), 2u);
  EXPECT_EQ(flags[0], (TextFlag{flag::repeats, "The model's text repeats itself and is not reliable."}));
  EXPECT_THAT(flags[1].sentence, HasSubstr("holds the patient's name"));
}

TEST(TextChecks, SentencesSayWhatWasFound) {
  // A few words of the text at most, in a whole sentence.
  const auto sentence = [](CheckedDraft draft) { return check_text(draft).at(0).sentence; };
  EXPECT_EQ(sentence(no_prior("The effusion is slightly larger.")),
            "The text compares with an earlier study (\"is slightly larger\"), but the model was told of none: do not rely on what it says "
            "of a change.");
  EXPECT_EQ(sentence(told_all("It was 1.6 cm and is now 24mm, smaller.")),
            "The text calls a finding smaller, but states 1.6 cm before and 24 mm now: compare the images.");
  EXPECT_EQ(sentence(of_right_hand("There is a fracture of the left fifth finger.")),
            "The text speaks of the other side (\"left fifth finger\") than the images, which are of the right: check the side.");
}

TEST(TextChecks, FeaturesOfADiseaseAreNoObservations) {
  // Only the disease itself is checked of a rationale.
  const std::string features = " The Radiographic features can be summarized as follows. The nodule is larger. Prostate, 24 mm.";
  CheckedDraft draft = draft_of("Metastasis." + features, Task::rationale);
  draft.sex = "F";
  draft.spacing_known = false;
  EXPECT_THAT(codes_of(draft), IsEmpty());
  draft = draft_of("Prostate cancer." + features, Task::rationale);
  draft.sex = "F";
  EXPECT_EQ(codes_of(draft), Codes{flag::sex_specific_organ});
}

TEST(TextChecks, LongAndHostileTextsEnd) {
  // A megabyte of anything is read up to the limit; no sign is special.
  for (const std::string piece : {"(", "/ ", "1-", "24 mm x ", "no ", ", ", "\xE2\x80", "left nodule ", "~3 ^ $ @kind ? "}) {
    std::string text;
    while (text.size() < 1'000'000) text += piece;
    CheckedDraft draft = draft_of("");
    draft.text = draft.sections.findings = draft.sections.impression = text;
    check_text(draft);
  }
}

demo::Told told_of(std::uint64_t seed) {
  using phantom::Modality;
  const Modality now = seed % 2 ? Modality::ct : Modality::radiograph, before = seed % 7 == 0 ? Modality::ct : now;
  const phantom::Pair pair = phantom::draw_pair(seed, before, now);
  demo::Told told{pair.current.truth, seed % 4 == 3 ? demo::PriorSeen::image : static_cast<demo::PriorSeen>(seed % 4), {}};
  if (told.prior_seen == demo::PriorSeen::image) told.prior = pair.prior.truth;
  if (seed % 41 == 0) told.current.diagnostic = false, told.prior_seen = demo::PriorSeen::none;
  return told;
}

CheckedDraft demo_draft(const demo::Told& told, const std::string& text) {
  CheckedDraft draft = draft_of(text);
  draft.prior_image_shown = told.prior_seen == demo::PriorSeen::image;
  draft.prior_report_read = told.prior_seen == demo::PriorSeen::report_only;
  draft.modalities = {told.current.modality == phantom::Modality::ct ? "CT" : "DX"};
  draft.sex = "F";
  return draft;
}

TEST(TextChecks, TheLanguageOfTheDemonstrationRaisesNone) {
  // 5,000 true reports: no flag; those that compare are flagged when the prior is withheld; a verdict that is turned round is
  // flagged wherever it speaks of two sizes.
  constexpr std::uint64_t truths = 5'000;
  int turned = 0, withheld = 0;
  for (std::uint64_t seed = 0; seed < truths; ++seed) {
    const demo::Told told = told_of(seed);
    phantom::Random random(seed);
    const std::string text = demo::write_report(told, random);
    CheckedDraft draft = demo_draft(told, text);
    ASSERT_EQ(codes_of(draft), Codes{}) << text;
    if (told.prior_seen != demo::PriorSeen::image) continue;
    draft.prior_image_shown = false;
    ASSERT_EQ(codes_of(draft), Codes{flag::comparison_without_prior}) << text;
    ++withheld;
    std::string other = text;
    if (const auto at = text.find("is larger."); at != std::string::npos) other.replace(at, 10, "is smaller.");
    if (const auto at = text.find("is smaller."); at != std::string::npos) other.replace(at, 11, "is larger.");
    if (other == text) continue;
    ASSERT_THAT(codes_of(demo_draft(told, other)), Contains(flag::verdict_contradicts_sizes)) << other;
    ++turned;
  }
  EXPECT_GT(withheld, 2'000);
  EXPECT_GT(turned, 500);
}

TEST(TextChecks, EveryCodeStandsOnce) {
  // The list that the configuration knows is the one that checks can raise.
  const std::set<std::string_view> codes(draft_flag_codes.begin(), draft_flag_codes.end());
  EXPECT_EQ(codes.size(), draft_flag_codes.size());
  for (const std::string_view code : codes) EXPECT_EQ(code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos);
}

}  // namespace
}  // namespace radfm::draft
