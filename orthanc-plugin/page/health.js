// SPDX-License-Identifier: GPL-3.0-or-later
// Is the node healthy: one word for the head of each view, and what it stands on.
import { advice_for } from "./advice.js";
import { chip, make, pair, show } from "./element.js";
import { age, duration, person, plural } from "./words.js";

const engine_codes = ["model_loading", "model_not_ready"];
const disk_codes = ["disk_nearly_full", "queue_not_usable"];

function reason_of(worker, codes) { return worker.reasons.find(reason => codes.includes(reason.code)); }
function words_of(reason) { return reason.text || reason.code.replaceAll("_", " "); }

// A worker that is not heard says nothing of Orthanc, engine or disk, whatever it said last.
function worker_checks(queue) {
  const worker = queue.worker;
  if (!worker.alive) {
    const silence = worker.seen ? "not heard for " + age(worker.seen) : "never seen: is radfm-worker running?";
    return [["Worker", "bad", "missing", silence], ["Engine", "unknown", "not known", "the worker is not heard"]];
  }
  const engine = reason_of(worker, engine_codes), disk = reason_of(worker, disk_codes), rests = reason_of(worker, ["destination_rests"]);
  const others = worker.reasons.filter(reason => ![...engine_codes, ...disk_codes, "destination_rests", "orthanc_away"].includes(reason.code));
  const level = { ready: "good", starting: "wait", draining: "wait" }[worker.state] || (worker.takes_jobs ? "wait" : "bad");
  const said = others.map(words_of).join("; ");
  return [
    ["Worker", level, worker.state, said || (worker.takes_jobs ? "takes jobs" : "takes no jobs now")],
    ["Engine", engine ? (engine.code === "model_loading" ? "wait" : "bad") : worker.state === "starting" ? "wait" : "good",
      engine ? engine.code.replace("model_", "").replaceAll("_", " ") : worker.state === "starting" ? "starting" : "ready",
        engine ? words_of(engine) : "the model is loaded"],
    ["Disk", disk ? "wait" : "good", disk ? disk.code.replaceAll("_", " ") : "enough room", disk ? words_of(disk) : ""],
    rests ? ["Destinations", "wait", "waiting", words_of(rests)] : ["Destinations", "good", "no trouble", ""],
  ];
}

export function checks_of(status) {
  const { queue, plugin } = status;
  const away = queue?.worker.alive ? reason_of(queue.worker, ["orthanc_away"]) : null;
  const mistakes = plugin.configuration_mistakes.length;
  const checks = [["Orthanc", away ? "bad" : "good", away ? "out of reach" : "answers", away ? words_of(away) : ""]];
  if (queue) checks.push(...worker_checks(queue));
  checks.push(!mistakes ? ["Configuration", "good", "in force", status.rules ? plural(status.rules.in_force, "rule") : ""]
    : status.rules?.in_force ? ["Configuration", "wait", "change refused", "what was in force stays in force"]
      : ["Configuration", "bad", "refused", plural(mistakes, "mistake") + ", below"]);
  if (plugin.trouble || !queue)
    checks.push(["Queue", "bad", "not usable", status.queue_error ? status.queue_error.code.replaceAll("_", " ") : "the reason is below"]);
  return checks.map(([name, level, word, more]) => ({ name, level, word, more }));
}

// { level, words, more }: the worst of it first.
export function verdict_of(status) {
  const bad = checks_of(status).filter(check => check.level === "bad"), waits = checks_of(status).filter(check => check.level === "wait");
  const named = checks => checks.map(check => check.name + " " + check.word).join(", ");
  if (bad.length) return { level: "bad", words: "Trouble", more: named(bad) };
  const { paused, paused_by, counts } = status.queue;
  if (paused) return { level: "wait", words: "Paused", more: "by " + person(paused_by) + "; what is in work is finished, nothing is begun" };
  if (counts.dead) return { level: "wait", words: "Needs you", more: plural(counts.dead, "dead job") + (waits.length ? "; " + named(waits) : "") };
  if (waits.length) return { level: "wait", words: status.queue.worker.state === "starting" ? "Starting" : "Limited", more: named(waits) };
  return { level: "good", words: "All well", more: "studies are taken in and reported" };
}

function facts_of(status) {
  const { queue } = status;
  if (!queue) return null;
  const open = queue.counts.queued + queue.counts.leased + queue.counts.delivering;
  return make("dl", { class: "facts" },
    pair("Waiting", String(queue.counts.queued)), pair("In work", String(queue.counts.leased + queue.counts.delivering)),
    pair("Oldest open job", open ? age(queue.oldest_open) || "unknown" : "none open"),
    pair("Last success", queue.last_delivered ? make("span", {}, age(queue.last_delivered), " ago") : "none yet"),
    pair("A report takes", queue.typical_report_seconds ? "about " + duration(queue.typical_report_seconds) : ""),
    pair("Studies still arriving", String(status.pending_studies ?? 0)));
}

function check_item(check) {
  return make("li", { class: "check " + check.level }, make("span", { class: "name" }, check.name), make("b", {}, check.word),
    check.more ? make("span", { class: "more" }, check.more) : null);
}

function pause_button(status, roles) {
  if (!status.queue || !roles.has("administer")) return null;
  const paused = status.queue.paused;
  return make("button", { id: "pause", "data-act": paused ? "resume" : "pause" }, paused ? "Resume" : "Pause");
}

function note_items(status) {
  const { plugin } = status, notes = [];
  if (plugin.trouble) notes.push(["bad", plugin.trouble]);
  else if (!status.queue && status.queue_error) notes.push(["bad", status.queue_error.message]);
  for (const text of plugin.configuration_mistakes) notes.push(["bad", text]);
  for (const reason of status.queue?.worker.alive ? status.queue.worker.reasons : []) {
    const advice = advice_for(reason.code);
    if (advice && reason.code !== "model_loading") notes.push(["", words_of(reason) + ". " + advice[1]]);
  }
  for (const text of plugin.delayed_studies) notes.push(["", text]);
  return [...notes.map(([kind, text]) => make("li", { class: kind || null }, text)), settings_advice(plugin.advice)];
}

// What could be set better does not change from hour to hour: it is there to be unfolded.
function settings_advice(advice) {
  if (!advice.length) return null;
  return make("li", { class: "folded" }, make("details", {}, make("summary", {}, plural(advice.length, "piece") + " of advice on settings"),
    advice.map(text => make("p", {}, text))));
}

export function show_health(status, roles) {
  const verdict = verdict_of(status);
  show(document.getElementById("health"),
    make("div", { class: "overall " + verdict.level }, make("p", { class: "word" }, verdict.words), make("p", { class: "more" }, verdict.more),
      pause_button(status, roles)),
    make("ul", { class: "checks" }, checks_of(status).map(check_item)), facts_of(status));
  show(document.getElementById("notes"), note_items(status));
  show_verdict(verdict);
}

// The pill in the head, and the one sentence that is said aloud when the node's health changes.
let said = "";
export function show_verdict(verdict) {
  const pill = document.getElementById("verdict");
  pill.hidden = false;
  pill.className = "verdict";
  show(pill, chip(verdict.level, verdict.words), make("span", { class: "unseen" }, ": " + verdict.more));
  const sentence = "The node: " + verdict.words;
  if (said && said !== sentence) document.getElementById("announce").textContent = sentence;
  said = sentence;
}
