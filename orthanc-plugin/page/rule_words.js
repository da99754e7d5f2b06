// SPDX-License-Identifier: GPL-3.0-or-later
// A rule's conditions and what it does, in words.
import { make, pair } from "./element.js";

const condition_words = {
  modalities: "modality", body_parts: "body part", study_descriptions: "study description", series_descriptions: "a series description",
  calling_aets: "sent by", called_aets: "sent to",
};

function any_of(values) { return values.length < 2 ? values.join("") : values.slice(0, -1).join(", ") + " or " + values.at(-1); }

function age_words(match) {
  const min = match.age_min_years ?? null, max = match.age_max_years ?? null;
  if (min === null && max === null) return null;
  if (max === null) return ["age", min + " years or older"];
  return min === null ? ["age", max + " years or younger"] : ["age", min + " to " + max + " years"];
}

// [[what is looked at, what it must be], ...]; a condition of a newer node is shown as it is written.
export function conditions_of(match) {
  const words = [];
  for (const [name, value] of Object.entries(match || {})) {
    if (name.startsWith("age_") || value === null || (Array.isArray(value) && !value.length)) continue;
    words.push([condition_words[name] || name, Array.isArray(value) ? any_of(value) : JSON.stringify(value)]);
  }
  const age = age_words(match || {});
  if (age) words.push(age);
  return words;
}

const task_words = { report: "a report", modality: "which modality it is", diagnosis: "a diagnosis", vqa: "an answer to its question",
  rationale: "a disease and what is typical of it" };
const lane_words = { stat: "before all others (stat)", routine: "in turn", background: "behind routine work (background)" };

function question_words(action) {
  if (action.prompt_2d && action.prompt_2d === action.prompt_3d) return [["Question", action.prompt_2d]];
  return [["Question of pictures", action.prompt_2d], ["Question of volumes", action.prompt_3d]];
}

// What a rule does: its draft, when, and for whom; folded away what the model is told and asked.
export function action_box(action) {
  if (!action) return null;
  if (action.off) return make("dl", { class: "facts" }, pair("Draft", "none: switched off"));
  return [make("dl", { class: "facts" }, pair("Draft", task_words[action.task] || action.task),
    pair("When", lane_words[action.lane] || action.lane),
    pair("Goes to", ["Orthanc", ...(action.destinations || [])].join(", "))),
  make("details", {}, make("summary", {}, "What the model is asked"),
    make("dl", { class: "facts long" }, question_words(action).map(([name, words]) => pair(name, words)),
    pair("Told of the patient", action.context ? action.context.join(", ") || "nothing" : ""),
      pair("Length", action.max_new_tokens ? "at most " + action.max_new_tokens + " tokens" : "")))];
}

export function age_limit_in_words(days) { return days === null || days === undefined ? "of any age"
  : "of the last " + days + " days; older ones make no draft"; }
