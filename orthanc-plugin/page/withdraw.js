// SPDX-License-Identifier: GPL-3.0-or-later
// Withdrawing a draft: what a job's page shows of it, and the form. page.js brings make(), pair(), ask() and refresh().
"use strict";

const why_bytes_max = 1024;  // core/withdrawal.h
const reason_words = { quality: "for quality reasons", patient_safety: "for patient safety reasons" };

// Whether anything was sent is known to the queue: it refuses what cannot be withdrawn. A withdrawal that stopped on its way can be
// asked for again, in other words.
function can_be_withdrawn(full) {
  const stopped = full.state === "dead" || full.state === "cancelled";
  return full.revision > 0 && (stopped || (!full.withdrawal && (full.state === "done" || full.state === "delivering")));
}

// "withdrawn", or how far that has come; nothing when nobody withdrew the draft.
function withdrawal_words(job) {
  if (job.outcome === "withdrawn") return "withdrawn";
  if (!job.withdrawal) return "";
  return job.state === "dead" || job.state === "cancelled" ? "withdrawn, " + job.state : "being withdrawn";
}

const progress_words = {
  "withdrawn": "Each archive that was sent this draft was sent a note that rejects it.",
  "being withdrawn": "The note that rejects it is still on its way to the archives that have it.",
};

function withdrawal_box(job, full) {
  const taken_back = full.withdrawal;
  if (!taken_back) return null;
  const when = new Date(taken_back.wall_ms).toISOString().replace(/[.][0-9]+Z$/, "Z");
  const reason = reason_words[taken_back.reason] || taken_back.reason;
  const progress = progress_words[withdrawal_words(job)] || "Not every archive that has this draft was sent the note that rejects it.";
  return make("div", { class: "withdrawal", role: "note" }, make("p", { class: "withdrawal-mark" }, "WITHDRAWN"),
    make("p", {}, make("strong", {}, "Do not use this draft."), " It was withdrawn " + reason + "."),
    make("dl", {}, pair("Why", taken_back.why), pair("By", taken_back.actor), pair("When", when)), make("p", {}, progress));
}

function withdraw_button(job, full) {
  if (!roles.has("administer") || !can_be_withdrawn(full)) return null;
  return make("button", { id: "withdraw-" + job.id, onclick: () => open_withdrawal(job.id) }, "Withdraw this draft");
}

// The form stands outside of the cards, which are made anew every second.
const withdraw_dialog = document.getElementById("withdraw"), withdraw_form = document.getElementById("withdraw-form");
const withdraw_why = document.getElementById("withdraw-why"), withdraw_problem = document.getElementById("withdraw-problem");
let withdrawn_job = 0;

function open_withdrawal(id) {
  withdrawn_job = id;
  withdraw_form.reset();
  check_why();
  tell_problem("");
  document.getElementById("withdraw-job").textContent = String(id);
  withdraw_dialog.showModal();
}

function tell_problem(text) {
  withdraw_problem.hidden = !text;
  withdraw_problem.textContent = text;
}

function check_why() {
  const bytes = new TextEncoder().encode(withdraw_why.value).length;
  const blank = withdraw_why.value && !withdraw_why.value.trim();
  withdraw_why.setCustomValidity(blank ? "Say in words why the draft is withdrawn."
    : bytes > why_bytes_max ? "This text is too long by " + (bytes - why_bytes_max) + " bytes." : "");
}

async function withdraw(event) {
  event.preventDefault();
  const submit = withdraw_form.querySelector("button[type=submit]");
  if (submit.disabled) return;
  submit.disabled = true;
  try {
    const reason = new FormData(withdraw_form).get("reason");
    await ask("jobs/" + withdrawn_job + "/withdraw", "POST", { reason, why: withdraw_why.value.trim() });
    withdraw_dialog.close();
  } catch (failure) {
    tell_problem(failure.message);
  } finally { submit.disabled = false; }
  await refresh();
}

withdraw_why.addEventListener("input", check_why);
withdraw_form.addEventListener("submit", withdraw);
// The button that opened it may have been made anew meanwhile, or be gone.
withdraw_dialog.addEventListener("close", () =>
  (document.getElementById("withdraw-" + withdrawn_job) || document.getElementById("job-" + withdrawn_job))?.focus());
document.getElementById("withdraw-keep").addEventListener("click", () => withdraw_dialog.close());
