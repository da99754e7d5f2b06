// SPDX-License-Identifier: GPL-3.0-or-later
// The page shows what the REST interface says, every two seconds, in the view that the address names: #queue, #job-7, #rules, #advice-CODE.
import { show_advice } from "./advice_view.js";
import { show } from "./element.js";
import { show_health, show_verdict } from "./health.js";
import { act_on_job } from "./job_actions.js";
import { read_job, show_job, show_no_job } from "./job_view.js";
import { changed_meanwhile, is_changed_meanwhile, read, send } from "./node_client.js";
import { when_switched } from "./patients.js";
import { begin_queue, read_queue, set_filter, show_queue } from "./queue_view.js";
import { begin_rules, prefill_tester, refresh_rules } from "./rules_view.js";
import { set_clock } from "./words.js";
import { begin_withdrawal } from "./withdraw.js";

const refresh_ms = 2000;
const titles = { queue: "Queue", rules: "Rules", advice: "Advice" };

let view = { name: "queue", key: "queue" };
let shown_job = null;        // as it was last drawn: what a button is pressed for
let roles = new Set();       // what the user of this page may do; the node refuses the rest, whatever is shown here
let complaint = "";          // a failure of the refresh itself, said until it is over
let busy = false, asked_again = false, timer = 0;
const scrolled = new Map();  // view -> where the reader had scrolled to

function view_of(hash) {
  const job = /^#job-([1-9][0-9]{0,15})$/.exec(hash);
  if (job) return { name: "job", key: "job-" + job[1], id: Number(job[1]) };
  if (hash === "#rules") return { name: "rules", key: "rules" };
  const advice = /^#advice(?:-([a-z0-9_]{1,64}))?$/.exec(hash);
  if (advice) return { name: "advice", key: hash.slice(1), code: advice[1] };
  return { name: "queue", key: "queue", filter: new URLSearchParams(hash.split("?")[1] || "") };
}

function say(content) {
  const message = document.getElementById("message");
  message.hidden = !content;
  show(message, content || "");
}

function open_view() {
  view = view_of(location.hash);
  if (view.name === "queue") set_filter(view.filter);
  if (view.name !== "job" || shown_job?.id !== view.id) shown_job = null;
  for (const name of ["queue", "job", "rules", "advice"]) document.getElementById("view-" + name).hidden = name !== view.name;
  for (const name of ["queue", "rules", "advice"]) {
    const link = document.getElementById("go-" + name);
    name === view.name ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  document.title = (titles[view.name] || "Job " + view.id) + " \u2013 RadFM drafts";
  if (view.name === "job") show_no_job(view.id, "Reading \u2026");
}

// Another view begins at its heading; the queue is found as it was left, at the job that was looked at.
async function change_view(event) {
  const left = view_of(new URL(event.oldURL).hash);
  open_view();
  say("");
  complaint = "";
  await refresh();
  if (view.name === "advice") { if (!show_advice(view.code)) document.getElementById("advice-title").focus(); return; }
  if (view.name === left.name && view.name === "queue") { window.scrollTo(0, 0); return; }  // another filter: the focus stays on it
  const row = view.name === "queue" && left.id && document.getElementById("open-" + left.id);
  (row || document.getElementById(view.name + "-title"))?.focus({ preventScroll: true });
  window.scrollTo(0, view.name === "queue" ? scrolled.get("queue") ?? 0 : 0);
}

async function refresh_view(status, queue) {
  if (view.name === "queue" && queue) show_queue(status, await queue);
  if (view.name === "rules") await refresh_rules(roles);
  if (view.name !== "job") return;
  const { id } = view;
  try {
    const job = await read_job(id);
    if (view.id !== id) return;  // the reader has gone on
    show_job(job, roles);
    shown_job = job;
  } catch (failure) {
    if (failure.status !== 404) throw failure;
    if (view.id === id) show_no_job(id, failure.message);
  }
}

async function refresh() {
  if (busy) { asked_again = true; return; }
  busy = true;
  clearTimeout(timer);
  try {
    const queue = view.name === "queue" ? read_queue() : null;  // beside the status
    const status = await read("status");
    set_clock(status.now_ms);
    roles = new Set(status.you.roles);
    show_health(status, roles);
    await refresh_view(status, queue);
    if (complaint) say("");
    complaint = "";
  } catch (failure) {
    const silent = failure.status === undefined;
    if (silent) show_verdict({ level: "bad", words: "No answer", more: "Orthanc does not answer" });
    const now = silent ? "Orthanc does not answer; what is shown may be old. " + failure.message : failure.message;
    if (now !== complaint) say(now);
    complaint = now;
  } finally { busy = false; }
  if (asked_again) { asked_again = false; await refresh(); return; }
  clearTimeout(timer);
  timer = setTimeout(() => { if (!document.hidden) refresh(); }, refresh_ms);
}

let acting = false;  // a button that is pressed twice acts once, and keeps the focus

async function act(button) {
  if (acting) return;
  acting = true;
  const { act: name, job: id } = button.dataset;
  say("");
  try {
    let told;
    if (id) told = shown_job?.id === Number(id) ? await act_on_job(shown_job, name) : "";
    else {
      await send(name);
      told = name === "pause" ? "The queue is paused." : "The queue goes on.";
    }
    document.getElementById("announce").textContent = told;
  } catch (failure) {
    say(is_changed_meanwhile(failure) ? changed_meanwhile : failure.message);
  } finally { acting = false; }
  await refresh();
  if (document.activeElement === document.body && !document.querySelector("dialog[open]")) document.getElementById(view.name + "-title")?.focus();
}

document.getElementById("content").addEventListener("click", event => {
  const button = event.target.closest("button[data-act]");
  if (button) act(button);
  const test = event.target.closest("a[data-study]");
  if (test) prefill_tester(test.dataset.study);
});
// Its address is no view.
document.querySelector(".skip").addEventListener("click", event => { event.preventDefault(); document.getElementById("content").focus(); });
document.addEventListener("scroll", () => { if (!document.getElementById("view-" + view.name).hidden) scrolled.set(view.key, window.scrollY); },
  { passive: true });
window.addEventListener("hashchange", change_view);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
history.scrollRestoration = "manual";

begin_queue(refresh);
begin_rules(refresh);
begin_withdrawal(refresh);
when_switched(refresh);
open_view();
await refresh();
if (view.name === "advice") show_advice(view.code);
