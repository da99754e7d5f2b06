// SPDX-License-Identifier: Apache-2.0
// One thing asked of the model about drawn studies, and the right answer: the five tasks in miniature, in the prompt forms
// that the node uses (pipeline/draft/prompt_builder.h, the questions of core/task.h). No pixels yet. The same seed gives the
// same exercise on every machine; safe from any thread.
//
// Of 100 exercises 3 show no diagnostic image; of the others 52 in 100 ask for a report, else a question is asked.
//
//   prior study           reports   questions
//   image                   63 %      60 %     its report: true 30, contradicting the pixels 15, impression only 10, none 45
//   report only             12 %       8 %     true or not: nobody can know
//   none                    25 %      32 %
//
// With a prior image, 8 % have an older prior's report as well. In prompts with a volume 6 % of priors are radiographs of a
// CT's patient, and 6 % CTs of a radiograph's. 15 % of reports are asked to compare, whether there is a prior or not; an
// indication says nothing about the pixels, and often lies. Half of the questions with a prior image are about change, half of
// them "What has changed since the prior study?", answered as a report compares, others the bare "Is the finding larger, smaller
// or unchanged?".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "demo/phantom_case.h"
#include "demo/report_language.h"
#include "pipeline/draft/prompt_builder.h"

namespace radfm::demo {

enum class Form { report, question, caption, continuation };

// What is said in the prompt of the prior study's report.
enum class PriorReport { none, true_report, contradicting, impression_only };

struct Exercise {
  Form form = Form::report;
  std::vector<phantom::Visit> images;  // in the prompt's order: prior, current
  Told told;
  PriorReport prior_report = PriorReport::none;
  draft::PromptContent content;        // its images are indices into `images`
  std::string answer;
  std::size_t given = 0;  // so many bytes of the answer are given: they may be false, and what follows agrees with them

  // In the words of models/phantom/config.json.
  model::Prompt prompt() const { return draft::build_prompt(content, *model::find_prompt_template("date")).prompt; }
};

// Which pixels an exercise has.
struct Views {
  phantom::Modality current = phantom::Modality::radiograph;
  phantom::Modality prior = phantom::Modality::radiograph;
};

Views draw_views(bool volume, bool with_prior, phantom::Random& random);

// A report exactly as the node asks for it (its default question, nothing said beside): what is measured. The patient is that
// of phantom_files.h for this seed, so that files of it lead to the same prompt.
Exercise report_exercise(std::uint64_t seed, const Views& views, PriorSeen prior_seen, PriorReport prior_report);

// Number `number` of an evaluation: reports as the node asks for them, odd numbers of CT. Of ten of each modality three have no
// prior, one a prior report only, six a prior image: three of them alone, two with its true report, one with a report that
// contradicts it. Sets of different seeds have no patient in common, nor has one with what PhantomRecords draws.
std::uint64_t evaluation_patient(std::uint64_t seed, std::uint64_t number);  // the seed of its patient, for its files
Exercise evaluation_exercise(std::uint64_t seed, std::uint64_t number);

// Of the mix above. `volume`: at least one of its images is a CT, else none.
Exercise draw_exercise(std::uint64_t seed, bool volume);
// One image and its caption. Of effusions, which are learned first, 4 in 10 are shown.
Exercise caption_exercise(std::uint64_t seed, bool volume);

}  // namespace radfm::demo
