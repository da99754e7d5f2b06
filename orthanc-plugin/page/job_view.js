// SPDX-License-Identifier: GPL-3.0-or-later
// One job: where it stands, what can be done, its text beside the images that the model was shown, and its whole way.
import { advice_for } from "./advice.js";
import { make, show } from "./element.js";
import { action_buttons } from "./job_actions.js";
import { attempts_card, deliveries_card, history_card } from "./job_history.js";
import { priors_card, received_card, rule_card, series_card, writing_card } from "./job_evidence.js";
import { read } from "./node_client.js";
import { learn, lines_of, names_are_shown, patient_of } from "./patients.js";
import { age, duration, progress_of, state_chip, state_of, wait_of } from "./words.js";
import { report_in_parts } from "./report_text.js";
import { withdrawal_box } from "./withdraw.js";

const steps = ["Received", "Waiting", "Reading", "Writing", "Sending"];
const step_of_stage = { indexing: 2, fetching: 2, priors: 2, imaging: 2, waiting_for_model: 3, vision: 3, reading_prompt: 3, generating: 3,
  reporting: 3, delivering: 4 };

// The step that the job is at, or how far it came.
function step_of(job) {
  if (job.state === "queued") return 1;
  if (job.state === "delivering" || job.revision > 0) return 4;
  if (job.outcome.startsWith("skipped") && !job.attempts) return 0;
  return step_of_stage[job.stage] ?? (job.held_text || job.detail?.generated ? 3 : job.attempts ? 2 : 1);
}

function way(job) {
  const at = step_of(job), open = ["queued", "leased", "delivering"].includes(job.state), whole = job.state === "done" && job.revision > 0;
  return make("ol", { class: "way", "aria-label": "The way of this job" }, steps.map((name, i) => {
    const kind = i < at || whole ? "over" : i > at ? "ahead" : open ? "now" : job.state === "dead" ? "stopped" : "ended";
    const said = { over: "done", ahead: "not yet", now: "now", stopped: "stopped here", ended: "ended here" }[kind];
    return make("li", { class: kind, "aria-current": kind === "now" ? "step" : null }, make("span", {}, name),
      make("span", { class: "unseen" }, ", " + said));
  }));
}

function head(job) {
  const patient = patient_of(job.study), lines = patient && lines_of(patient), { more } = state_of(job);
  return make("header", { class: "job-head" },
    make("h1", { id: "job-title", tabindex: "-1" }, "Job " + job.id), state_chip(job), more ? make("span", { class: "quiet" }, more) : null,
    job.lane !== "routine" ? make("span", { class: "tag " + job.lane }, job.lane) : null,
      job.overdue ? make("span", { class: "tag late" }, "overdue") : null,
    lines ? make("p", { class: "patient" }, make("b", {}, lines.name), lines.ids ? " " + lines.ids : "") : null,
    lines && lines.study ? make("p", { class: "quiet" }, lines.study) : null,
    job.patient === null && names_are_shown() ? make("p", { class: "quiet" }, "Orthanc has this study no more.") : null);
}

function now_line(job) {
  const progress = progress_of(job), wait = wait_of(job);
  if (progress) return make("p", { class: "now" }, progress, make("span", { class: "quiet" }, "for ", age(job.created)));
  if (job.state === "queued") return make("p", { class: "now" }, wait || "waits", make("span", { class: "quiet" }, "for ", age(job.created)));
  return make("p", { class: "now quiet" },
    "took " + duration((Date.parse(job.finished || job.updated) - Date.parse(job.created)) / 1000) + ", ended ", age(job.finished || job.updated),
    " ago");
}

function trouble(job) {
  if (!job.error || job.state === "done") return null;
  const advice = advice_for(job.error.code), dead = job.state === "dead";
  return make("div", { class: "trouble" + (dead ? " dead" : "") },
    make("p", {}, dead ? "" : "The last try: ", make("code", {}, job.error.code), " ", job.error.message),
    advice ? make("p", {}, advice[0], " ", make("b", {}, advice[1]), " ", make("a", { href: "#advice-" + job.error.code }, "More")) : null);
}

function mark(words) { return make("span", { class: "mark" }, words); }

function text_panel(job) {
  const text = job.held_text || job.report_text;
  if (!text) return null;
  const writing = job.state === "leased", withdrawn = Boolean(job.withdrawal);
  const parts = job.held_text || writing ? text : report_in_parts(text);
  const title = job.held_text ? [mark("HELD BACK"),
    job.held_released_by ? " released by " + job.held_released_by : " not sent: read it against the images"]
    : [mark(withdrawn ? "WITHDRAWN DRAFT" : "DRAFT"), writing ? " so far; the model is writing" : " not verified by a physician"];
  return make("section", { class: "panel", "aria-labelledby": "text-title" }, make("h2", { id: "text-title" }, title),
    make("div", { id: "text", class: "text" + (withdrawn ? " withdrawn" : "") + (writing ? " writing" : ""), tabindex: "0", role: "group",
      "aria-labelledby": "text-title" }, parts),
    job.revision > 0 && !job.held_text
      ? make("p", {}, make("a", { id: "paper", href: "/radfm/report/" + encodeURIComponent(job.sop_instance_uid) }, "The draft as a page")) : null);
}

function picture_panel(job) {
  if (!job.montage) return null;
  const address = "/radfm/api/v1/jobs/" + job.id + "/montage.png?of=" + job.attempts;
  return make("section", { class: "panel", "aria-labelledby": "picture-title" }, make("h2", { id: "picture-title" }, "What the model was shown"),
    make("a", { href: address, target: "_blank", rel: "noopener" }, make("img", { class: "montage", src: address,
      alt: "The images of job " + job.id + " as the model was shown them, with letters of orientation, series, slices and windows" })));
}

function study_links(job) {
  return make("p", { class: "links" }, make("a", { href: "/radfm/study/" + encodeURIComponent(job.study) }, "All drafts of this study"),
    job.orthanc_study ? make("a", { href: "/app/explorer.html#study?uuid=" + encodeURIComponent(job.orthanc_study) }, "The study in Orthanc")
      : null);
}

export function show_job(job, roles) {
  const panels = [text_panel(job), picture_panel(job)].filter(Boolean);
  show(document.getElementById("job"), head(job), way(job), now_line(job), trouble(job), action_buttons(job, roles), withdrawal_box(job),
    panels.length ? make("div", { class: "panels panels-" + panels.length }, panels) : null,
    make("div", { class: "cards" }, received_card(job), rule_card(job), series_card(job), priors_card(job), writing_card(job), attempts_card(job),
      deliveries_card(job), history_card(job)),
    study_links(job));
}

export async function read_job(id) {
  const job = await read("jobs/" + id);
  learn(job.study, job.patient);
  return job;
}

export function show_no_job(id, words) {
  show(document.getElementById("job"), make("h1", { id: "job-title", tabindex: "-1" }, "Job " + id), make("p", { class: "message" }, words));
}
