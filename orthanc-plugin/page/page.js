// SPDX-License-Identifier: GPL-3.0-or-later
// The page shows what the REST interface says, every two seconds. Texts go in as text nodes only, never as markup.
"use strict";

const api = "/radfm/api/v1/";
const refresh_ms = 2000;
const groups = { dead: ["dead"], open: ["leased", "delivering", "queued"], closed: ["done", "cancelled"] };
const actions = {
  dead: ["retry", "rerun"], cancelled: ["retry"], done: ["rerun"],
  queued: ["rush", "cancel"], leased: ["cancel"], delivering: ["cancel"],
};
const action_words = { retry: "Try again", release: "Send the held text", rerun: "Make another draft", cancel: "Cancel", rush: "Do it next" };

const opened = new Map();  // job id -> its detail as last fetched, or null while it is on its way
const shown = new Map();   // job id -> { element, key }: untouched while nothing changed, so that focus and selection stay
let busy = false, asked_again = false;
let clock_skew_ms = 0;     // the node's clock against this device's
let roles = new Set();     // what the user of this page may do; the node refuses the rest, whatever is shown here

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  for (const child of children) if (child !== null && child !== undefined) element.append(child);
  return element;
}

async function ask(path, method, sent) {
  const request = { method: method || "GET", headers: { "X-RadFM": "1" } };
  if (sent) {
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(sent);
  }
  const response = await fetch(api + path, request);
  let body = null;
  try { body = await response.json(); } catch { /* not JSON: the status says enough */ }
  if (response.ok) return body;
  const failure = new Error(body && body.error ? body.error.message : "Orthanc answered HTTP " + response.status);
  failure.refused = response.status === 403;
  throw failure;
}

function say(text) {
  const message = document.getElementById("message");
  message.hidden = !text;
  message.textContent = text;
}

function age(iso) {
  if (!iso) return "";
  const seconds = Math.max(0, Math.round((Date.now() + clock_skew_ms - Date.parse(iso)) / 1000));
  if (seconds < 60) return seconds + " s";
  if (seconds < 3600) return Math.floor(seconds / 60) + " min";
  if (seconds < 172800) return Math.floor(seconds / 3600) + " h";
  return Math.floor(seconds / 86400) + " days";
}

function fact(value, name, kind) {
  return make("div", { class: "fact " + (kind || "") }, make("b", {}, String(value)), make("span", {}, name));
}

function show_status(status) {
  const queue = status.queue;
  const facts = [];
  if (queue) {
    const worker = queue.worker;
    const silence = worker.seen_seconds_ago === null ? "never seen" : "silent for " + age(worker.seen);
    const kind = { ready: "good", degraded: "bad" }[worker.state] || "wait";
    const why = worker.reasons.map((reason) => reason.text || reason.code.replaceAll("_", " ")).join("; ");
    facts.push(fact(worker.alive ? worker.state : "missing", "worker" + (worker.alive ? (why ? ": " + why : "") : ": " + silence), worker.alive ? kind : "bad"));
    if (queue.paused) facts.push(fact("paused", "by " + queue.paused_by, "wait"));
    facts.push(fact(queue.counts.dead, "dead", queue.counts.dead ? "bad" : ""));
    facts.push(fact(queue.counts.queued, "queued"), fact(queue.counts.leased, "in work"));
    facts.push(fact(queue.counts.delivering, "delivering"), fact(queue.counts.done, "done"));
    facts.push(fact(status.pending_studies, "studies still arriving"));
    const pause = queue.paused ? "resume" : "pause";
    if (roles.has("administer")) facts.push(make("button", { id: "pause", onclick: () => act(pause) }, queue.paused ? "Resume" : "Pause"));
  } else {
    facts.push(fact("no queue", status.queue_error ? status.queue_error.code : "", "bad"));
  }
  replace_if_changed(document.getElementById("strip"), facts);

  const plugin = status.plugin;
  const notes = [];
  if (plugin.trouble) notes.push(make("li", { class: "bad" }, plugin.trouble));
  else if (!queue && status.queue_error) notes.push(make("li", { class: "bad" }, status.queue_error.message));
  for (const text of plugin.configuration_mistakes) notes.push(make("li", { class: "bad" }, text));
  for (const text of plugin.delayed_studies.concat(plugin.advice)) notes.push(make("li", {}, text));
  replace_if_changed(document.getElementById("notes"), notes);
}

// Keeps the focus where it is: the pause button is there before and after.
function replace_if_changed(parent, children) {
  const fresh = make("div", {}, ...children);
  if (parent.innerHTML === fresh.innerHTML) return;
  const focused = parent.contains(document.activeElement) ? document.activeElement.id : "";
  parent.replaceChildren(...fresh.childNodes);
  if (focused) document.getElementById(focused)?.focus();
}

function state_of(job) {
  const skipped = job.outcome.startsWith("skipped");
  const closed = job.state === "done" || job.state === "cancelled";
  const withdrawn = withdrawal_words(job);
  const words = withdrawn || (closed && job.outcome ? job.outcome : job.state === "leased" ? "in work" : job.state);
  return make("span", { class: "state " + (withdrawn ? "withdrawn" : skipped ? "skipped" : job.state) }, words);
}

function where(job) {
  const span = make("span", { class: "where" });
  if (job.state === "leased" || job.state === "delivering") {
    span.append(job.stage.replaceAll("_", " ") + (job.progress.of > 0 ? " " + job.progress.done + "/" + job.progress.of : ""));
    if (job.progress.of > 0)
      span.append(make("progress", { max: job.progress.of, value: job.progress.done, "aria-label": job.progress.done + " of " + job.progress.of }));
  } else if (job.lane !== "routine") span.append(job.lane);
  if (job.overdue) span.append(make("span", { class: "tag bad" }, "overdue"));
  return span;
}

function row(job) {
  const is_open = opened.has(job.id);
  const open = groups.open.includes(job.state), closed = groups.closed.includes(job.state);
  const tries = job.attempts > 1 ? ", " + job.attempts + " attempts" : "";
  return make("button", { class: "row", id: "job-" + job.id, "aria-expanded": String(is_open), "aria-controls": "detail-" + job.id, onclick: () => toggle(job.id) },
    make("span", {}, "#" + job.id), state_of(job),
    make("span", { class: "study" }, (job.rule || "no rule") + tries + " · " + job.study), where(job),
    make("span", { class: "age" }, open ? "for " + age(job.created) : age(job.finished || job.updated) + " ago"),
    job.error && !closed ? make("span", { class: "error" }, job.error.code + ": " + job.error.message) : null);
}

function pair(name, value) {
  return value === null || value === undefined || value === "" ? null : make("div", {}, make("dt", {}, name), make("dd", {}, String(value)));
}

function log_list(title, entries) {
  if (!entries.length) return null;
  return make("div", {}, make("h3", {}, title), make("ul", { class: "log" }, ...entries));
}

function event_line(at, text) { return make("li", {}, make("time", {}, at || ""), text); }

function detail(job, full) {
  const box = make("div", { class: "detail", id: "detail-" + job.id, role: "region", "aria-label": "Job " + job.id });
  if (!full) { box.append(make("p", { class: "quiet" }, "Reading ...")); return box; }
  const held = full.held_text && !full.held_released_by && job.state === "dead";
  const possible = roles.has("operate") ? actions[job.state].concat(held ? ["release"] : []) : [];
  box.append(make("div", { class: "actions" }, ...possible.map(name =>
    make("button", { id: name + "-" + job.id, onclick: () => act("jobs/" + job.id + "/" + name) }, action_words[name])), withdraw_button(job, full)));
  const withdrawal = withdrawal_box(job, full);
  if (withdrawal) box.append(withdrawal);
  box.append(make("dl", {}, pair("Study", full.study), pair("Images", full.images), pair("Rule", full.rule), pair("Lane", full.lane),
    pair("Run", full.run), pair("Revision", full.revision || ""), pair("Replaces", full.predecessor),
    pair("Created", full.created), pair("Updated", full.updated), pair("Due", job.state === "queued" ? full.due : ""),
    pair("Deaths seen / vanished / waits", full.counts.poison + " / " + full.counts.vanished + " / " + full.counts.transient)));
  if (full.error) box.append(make("p", { class: "bad" }, full.error.code + ": " + full.error.message));
  if (full.held_text) {
    box.append(make("h3", {}, make("span", { class: "mark" }, "HELD BACK"), full.held_released_by ? " released by " + full.held_released_by : " not sent: read it against the images"));
    box.append(make("pre", { class: "text" }, full.held_text));
  }
  if (full.report_text) {
    box.append(make("h3", {}, make("span", { class: "mark" }, withdrawal ? "WITHDRAWN DRAFT" : "DRAFT"), " not verified by a physician"));
    box.append(make("pre", { class: withdrawal ? "text withdrawn" : "text" }, full.report_text));
    if (full.revision > 0) box.append(make("a", { href: "/radfm/report/" + encodeURIComponent(full.sop_instance_uid) }, "The draft as a page"));
  }
  if (full.montage) box.append(make("details", {}, make("summary", {}, "What the model was shown"),
    make("img", { class: "montage", loading: "lazy", src: "/radfm/api/v1/jobs/" + job.id + "/montage.png",
      alt: "The images of job " + job.id + " as the model was shown them, with letters of orientation, series, slices and windows" })));
  const attempts = full.attempt_log.map(a => event_line(a.started, (a.end || "in work") + (a.error ? ": " + a.error.code + ": " + a.error.message : "")));
  const events = full.events.map(e => event_line(e.at, e.kind + (e.detail ? ": " + e.detail : "") + (e.actor ? " (" + e.actor + ")" : "")));
  for (const list of [log_list("Attempts", attempts), log_list("What happened", events)]) if (list) box.append(list);
  if (full.detail) box.append(make("details", {}, make("summary", {}, "What was read and what was left out"),
    make("pre", { class: "text raw" }, typeof full.detail === "string" ? full.detail : JSON.stringify(full.detail, null, 1))));
  return box;
}

function card(job) {
  const full = opened.get(job.id);
  const key = JSON.stringify([job, age(job.created), age(job.finished || job.updated), opened.has(job.id), full]);
  const known = shown.get(job.id);
  if (known && known.key === key) return known.element;
  const focused = known && known.element.contains(document.activeElement) ? document.activeElement.id : "";
  const unfolded = known ? [...known.element.querySelectorAll("details[open] > summary")].map(s => s.textContent) : [];
  const element = make("article", { class: "job" }, make("h4", {}, row(job)), opened.has(job.id) ? detail(job, full) : null);
  for (const summary of element.querySelectorAll("details > summary")) summary.parentElement.open = unfolded.includes(summary.textContent);
  shown.set(job.id, { element, key });
  if (known) known.element.replaceWith(element);
  if (focused) (document.getElementById(focused) || document.getElementById("job-" + job.id))?.focus();  // a button may be gone
  return element;
}

function show_jobs(jobs) {
  const alive = new Set(jobs.map(job => job.id));
  for (const id of [...shown.keys()]) if (!alive.has(id)) shown.delete(id);
  for (const [name, states] of Object.entries(groups)) {
    const section = document.getElementById(name);
    const members = jobs.filter(job => states.includes(job.state));
    members.sort((a, b) => (name === "open" ? states.indexOf(a.state) - states.indexOf(b.state) : 0) || b.id - a.id);
    const list = section.querySelector(".jobs");
    const cards = members.map(card);
    if (cards.length !== list.children.length || cards.some((element, i) => element !== list.children[i])) {
      const focused = document.activeElement ? document.activeElement.id : "";
      list.replaceChildren(...cards);
      if (focused && document.activeElement.id !== focused) document.getElementById(focused)?.focus();
    }
    section.hidden = members.length === 0;
  }
  document.getElementById("empty").hidden = jobs.length > 0;
}

async function toggle(id) {
  if (opened.has(id)) opened.delete(id);
  else opened.set(id, null);
  await refresh();
}

async function act(path) {
  try {
    await ask(path, "POST");
    say("");
  } catch (failure) { say(failure.message); }
  await refresh();
}

// Dead jobs are asked for by themselves: however old, they come first.
async function refresh() {
  if (busy) { asked_again = true; return; }
  busy = true;
  try {
    const status = await ask("status");
    clock_skew_ms = status.now_ms - Date.now();
    roles = new Set(status.you.roles);
    show_status(status);
    if (status.queue) {
      const lists = await Promise.all([ask("jobs?state=dead&limit=100"), ask("jobs?limit=100")]);
      await Promise.all([...opened.keys()].map(async id => opened.set(id, await ask("jobs/" + id).catch(() => null))));
      show_jobs([...new Map(lists.flat().map(job => [job.id, job])).values()]);
    }
    if (document.body.dataset.lost) { say(""); delete document.body.dataset.lost; }
  } catch (failure) {
    document.body.dataset.lost = "1";
    say(failure.refused ? failure.message : "Orthanc does not answer, what is shown may be old: " + failure.message);
  } finally { busy = false; }
  if (asked_again) { asked_again = false; await refresh(); }
}

// /radfm/#job-7 opens job 7.
const wanted = /^#job-([1-9][0-9]{0,15})$/.exec(location.hash);
if (wanted) opened.set(Number(wanted[1]), null);

// withdraw.js is there when the page is.
document.addEventListener("DOMContentLoaded", refresh);
setInterval(() => { if (!document.hidden) refresh(); }, refresh_ms);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
