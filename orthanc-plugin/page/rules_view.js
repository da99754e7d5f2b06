// SPDX-License-Identifier: GPL-3.0-or-later
// The rules that are in force, and which of them takes a study.
import { chip, make, pair, show } from "./element.js";
import { read, send } from "./node_client.js";
import { learn, lines_of, names_are_shown } from "./patients.js";
import { action_box, age_limit_in_words, conditions_of } from "./rule_words.js";
import { moment, plural } from "./words.js";

let roles = new Set();
let reload_note = null;  // what the last reload said

function rule_card(rule, index) {
  const conditions = conditions_of(rule.match);
  return make("li", { id: "rule-" + index, class: "card rule-card" + (rule.action.off ? " off" : "") },
    make("h3", {}, make("span", { class: "number" }, String(index + 1)), " ", rule.name),
    make("div", { class: "rule-sides" },
      make("div", {}, make("h4", {}, "Takes studies"),
        conditions.length ? make("dl", { class: "facts" }, conditions.map(([name, words]) => pair(name, words))) : make("p", {}, "of every kind"),
        make("p", { class: "quiet" }, age_limit_in_words(rule.max_study_age_days))),
      make("div", {}, make("h4", {}, "Makes"), action_box(rule.action))));
}

function refused_box(mistakes) {
  if (!mistakes.length) return null;
  return make("div", { class: "message", role: "note" },
    make("p", {}, make("b", {}, "A changed file was not taken. "), "What is shown here stays in force until it is mended."),
    make("ul", {}, mistakes.map(text => make("li", {}, text))));
}

export async function refresh_rules(given_roles) {
  roles = given_roles;
  const answer = await read("rules");
  show(document.getElementById("rule-cards"),
    make("div", { class: "bar" }, make("p", { class: "quiet" }, plural(answer.rules.length, "rule"), " of ", make("code", {}, answer.file),
      ", read ", moment(answer.read_at)),
      roles.has("administer") ? make("button", { id: "reload", "data-reload": true }, "Read the file again") : null),
    reload_note ? make("p", { id: "reload-note", class: "note" }, reload_note) : null,
    refused_box(answer.refused || []),
    answer.rules.length ? make("ol", { class: "rule-list" }, answer.rules.map(rule_card))
      : make("p", { class: "empty" }, "No rule: no study gets a draft."));
}

async function reload(refresh) {
  try {
    const answer = await send("rules/reload");
    reload_note = "The file was read: " + plural(answer.rules, "rule") + " in force.";
  } catch (failure) { reload_note = failure.message; }
  document.getElementById("announce").textContent = reload_note;
  await refresh();
}

function trial_item(trial) {
  return make("li", {}, chip(trial.fits ? "good" : "cancelled", trial.fits ? "takes it" : "does not"), " ", make("b", {}, trial.rule),
    trial.fits ? null : [": ", trial.why]);
}

const skip_sentences = {
  no_image: "No draft: the study holds no image that counts.", no_rule: "No draft: no rule takes it.", off: "No draft: the rule switches it off.",
  old: "No draft by itself: the study is older than the rule allows.",
};

function answer_of(test) {
  const lines = test.patient && names_are_shown() ? lines_of(test.patient) : null;
  const result = test.skip ? skip_sentences[test.skip] || "No draft: " + test.skip.replaceAll("_", " ") + "."
    : "Rule \u201c" + test.rule + "\u201d takes it.";
  return [make("p", { class: "result" }, result),
    lines ? make("p", {}, make("b", {}, lines.name), " ", make("span", { class: "quiet" }, [lines.ids, lines.study].filter(Boolean).join(" · ")))
      : null,
    make("p", { class: "uid" }, test.study),
    make("ol", { class: "trials" }, (test.trials || []).map(trial_item)),
    test.skip ? null : action_box(test.action),
    make("p", { class: "actions" },
      roles.has("operate") ? make("button", { id: "report-study", type: "button", "data-report": test.study }, "Report this study") : null,
      make("a", { href: "/radfm/study/" + encodeURIComponent(test.study) }, "Its drafts"))];
}

async function test_rules(event) {
  event.preventDefault();
  const place = document.getElementById("tester-answer");
  try {
    const test = await send("rules/test", { study: document.getElementById("tester-study").value.trim() });
    learn(test.study, test.patient);
    show(place, answer_of(test));
  } catch (failure) { show(place, make("p", { class: "message" }, failure.message)); }
}

async function report_study(study) {
  try {
    const made = await send("studies/" + encodeURIComponent(study) + "/report", {});
    document.getElementById("announce").textContent = made.result === "existed" ? "These images have their job already." : "The study is queued.";
    if (made.id) location.hash = "#job-" + made.id;
  } catch (failure) {
    show(document.getElementById("tester-answer"), make("p", { class: "message" }, failure.message),
      make("ol", { class: "trials" }, failure.trials.map(trial_item)));
  }
}

export function begin_rules(refresh) {
  document.getElementById("tester").addEventListener("submit", test_rules);
  document.getElementById("view-rules").addEventListener("click", event => {
    const button = event.target.closest("button");
    if (button?.hasAttribute("data-reload")) reload(refresh);
    if (button?.dataset.report) report_study(button.dataset.report);
  });
}

// From a job: which rules would take its study today.
export function prefill_tester(study) { if (study) document.getElementById("tester-study").value = study; }
