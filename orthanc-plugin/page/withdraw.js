// SPDX-License-Identifier: GPL-3.0-or-later
// Withdrawing a draft: what a job's view shows of it, and the form.
import { make, pair } from "./element.js";
import { changed_meanwhile, is_changed_meanwhile, send } from "./node_client.js";
import { moment, person, withdrawal_words } from "./words.js";

const why_bytes_max = 1024;  // core/withdrawal.h
const reason_words = { quality: "for quality reasons", patient_safety: "for patient safety reasons" };

// Whether anything was sent is known to the queue: it refuses what cannot be withdrawn. A withdrawal that stopped on its way can be
// asked for again, in other words.
export function can_be_withdrawn(job) {
  const stopped = job.state === "dead" || job.state === "cancelled";
  return job.revision > 0 && (stopped || (!job.withdrawal && (job.state === "done" || job.state === "delivering")));
}

const progress_words = {
  "withdrawn": "Each archive that was sent this draft was sent a note that rejects it.",
  "being withdrawn": "The note that rejects it is still on its way to the archives that have it.",
};

export function withdrawal_box(job) {
  const taken_back = job.withdrawal;
  if (!taken_back) return null;
  const when = moment(new Date(taken_back.wall_ms).toISOString().replace(/[.][0-9]+Z$/, "Z"));
  const reason = reason_words[taken_back.reason] || taken_back.reason;
  const progress = progress_words[withdrawal_words(job)] || "Not every archive that has this draft was sent the note that rejects it.";
  return make("div", { class: "withdrawal", role: "note" }, make("p", { class: "withdrawal-mark" }, "WITHDRAWN"),
    make("p", {}, make("strong", {}, "Do not use this draft."), " It was withdrawn " + reason + "."),
    make("dl", { class: "facts" }, pair("Why", taken_back.why), pair("By", person(taken_back.actor)), pair("When", when)), make("p", {}, progress));
}

const dialog = document.getElementById("withdraw"), form = document.getElementById("withdraw-form");
const why = document.getElementById("withdraw-why"), problem = document.getElementById("withdraw-problem");
let shown = null;  // the job as it was when the form was opened

export function open_withdrawal(job) {
  shown = job;
  form.reset();
  check_why();
  tell_problem("");
  document.getElementById("withdraw-job").textContent = String(job.id);
  dialog.showModal();
}

function tell_problem(text) {
  problem.hidden = !text;
  problem.textContent = text;
}

function check_why() {
  const bytes = new TextEncoder().encode(why.value).length;
  const blank = why.value && !why.value.trim();
  why.setCustomValidity(blank ? "Say in words why the draft is withdrawn." : bytes > why_bytes_max
    ? "This text is too long by " + (bytes - why_bytes_max) + " bytes." : "");
}

async function withdraw(event, refresh) {
  event.preventDefault();
  const submit = form.querySelector("button[type=submit]");
  if (submit.disabled) return;
  submit.disabled = true;
  try {
    const reason = new FormData(form).get("reason");
    await send("jobs/" + shown.id + "/withdraw", { reason, why: why.value.trim() }, shown.version);
    document.getElementById("announce").textContent = "Job " + shown.id + ": the draft is being withdrawn.";
    dialog.close();
  } catch (failure) {
    tell_problem(is_changed_meanwhile(failure) ? changed_meanwhile + " (Close this form first.)" : failure.message);
  } finally { submit.disabled = false; }
  await refresh();
}

export function begin_withdrawal(refresh) {
  why.addEventListener("input", check_why);
  form.addEventListener("submit", event => withdraw(event, refresh));
  dialog.addEventListener("close", () => (document.getElementById("do-withdraw") || document.getElementById("job-title"))?.focus());
  document.getElementById("withdraw-keep").addEventListener("click", () => dialog.close());
}
