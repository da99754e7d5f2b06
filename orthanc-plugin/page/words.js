// SPDX-License-Identifier: GPL-3.0-or-later
// What the node's codes and numbers are called on the page.
import { chip, make } from "./element.js";

let clock_skew_ms = 0;  // the node's clock against this device's

export function set_clock(now_ms) { clock_skew_ms = now_ms - Date.now(); }

export function duration(seconds) {
  seconds = Math.max(0, Math.round(seconds));
  if (seconds < 60) return seconds + " s";
  if (seconds < 3600) return Math.floor(seconds / 60) + " min";
  if (seconds < 172800) return Math.floor(seconds / 3600) + " h";
  return Math.floor(seconds / 86400) + " days";
}

export function seconds_since(iso) { return (Date.now() + clock_skew_ms - Date.parse(iso)) / 1000; }
export function age(iso) { return iso ? duration(seconds_since(iso)) : ""; }

// The day, where it is another one, and the time on this device's clock; the exact moment is its title.
export function moment(iso) {
  if (!iso) return null;
  const at = new Date(iso), today = new Date(Date.now() + clock_skew_ms);
  const day = at.toDateString() === today.toDateString() ? "" : at.toLocaleDateString("en-CA") + " ";
  return make("time", { datetime: iso, title: iso }, day + at.toLocaleTimeString("en-GB"));
}

export function dicom_date(text) { return /^[0-9]{8}$/.test(text || "") ? text.slice(0, 4) + "-" + text.slice(4, 6) + "-" + text.slice(6)
  : text || ""; }

// "administrator:anna" is anna; a program is named as it is.
export function person(actor) { return (actor || "").replace(/^administrator:/, "") || "somebody"; }

export function plural(count, one, many) { return count + " " + (count === 1 ? one : many || one + "s"); }

// Family name first, as worklists have it; the first of the groups that has letters (PS3.5 6.2.1).
export function person_name(value) {
  const group = (value || "").split("=").find(part => part.replace(/[\^ ]/g, "")) || "";
  const [family, given, middle, prefix, suffix] = group.split("^").map(part => part.trim());
  const first = [prefix, given, middle].filter(Boolean).join(" ");
  return [[family, first].filter(Boolean).join(", "), suffix].filter(Boolean).join(" ");
}

const stage_words = {
  none: "", indexing: "looking at the study", fetching: "fetching images", priors: "looking for priors", imaging: "reading images",
  waiting_for_model: "waiting for the model", vision: "the model looks at images", reading_prompt: "the model reads the prompt",
  generating: "the model writes", reporting: "making the report", delivering: "sending",
};
export function stage_in_words(stage) { return stage_words[stage] ?? stage.replaceAll("_", " "); }

const skip_words = {
  no_image: "no image in it", no_rule: "no rule takes it", off: "switched off by a rule", old: "older than its rule allows",
  no_diagnostic_image: "no diagnostic image", already_reported: "has its report already", revision_limit: "grew too often",
  final_report_present: "has a final report", study_gone: "deleted before its turn",
};

// "withdrawn", or how far that has come; nothing when nobody withdrew the draft.
export function withdrawal_words(job) {
  if (job.outcome === "withdrawn") return "withdrawn";
  if (!job.withdrawal) return "";
  return job.state === "dead" || job.state === "cancelled" ? "withdrawn, " + job.state : "being withdrawn";
}

// { kind, words, more }: the class of the chip, what it says, and the rest of an outcome.
export function state_of(job) {
  const withdrawn = withdrawal_words(job);
  if (withdrawn) return { kind: job.state === "dead" ? "dead" : "withdrawn", words: withdrawn, more: "" };
  const [outcome, code] = (job.outcome || "").split(": ");
  if (job.state === "done" && (outcome === "skipped" || outcome === "withheld"))
    return { kind: "skipped", words: outcome, more: skip_words[code] || (code || "").replaceAll("_", " ") };
  if (job.state === "done") return { kind: "done", words: outcome || "done", more: outcome === "unchanged" ? "the model would see the same" : "" };
  if (job.state === "cancelled") return { kind: "cancelled", words: outcome || "cancelled",
    more: outcome === "superseded" ? "other images came" : "" };
  if (job.state === "leased") return { kind: "leased", words: "in work", more: stage_in_words(job.stage) };
  if (job.state === "delivering") return { kind: "delivering", words: "delivering", more: "" };
  if (job.state === "dead") return { kind: "dead", words: "needs you", more: "" };
  return { kind: job.state, words: job.state, more: "" };
}

export function state_chip(job) {
  const { kind, words } = state_of(job);
  return chip(kind, words);
}

// How far a job in work has come: what it does, and the share of it where that is known.
export function progress_of(job) {
  if (job.state !== "leased" && job.state !== "delivering") return null;
  const { done, of } = job.progress;
  const words = job.state === "delivering" ? "sending" : stage_in_words(job.stage) || "begins";
  if (!of) return make("span", { class: "stage" }, words);
  return make("span", { class: "stage" }, words + " ", make("span", { class: "count" }, done + " of " + of),
    make("progress", { max: of, value: Math.min(done, of), "aria-label": words + ": " + done + " of " + of }));
}

// When a queued job will be begun, as far as anybody knows.
export function wait_of(job) {
  if (job.state !== "queued") return "";
  const ahead = job.ahead === undefined || job.ahead === null ? "" : job.ahead === 0 ? "next" : plural(job.ahead, "job") + " before it";
  const wait = job.wait_seconds ? "about " + duration(job.wait_seconds) : "";
  return [ahead, wait].filter(Boolean).join(", ");
}
