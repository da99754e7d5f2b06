// SPDX-License-Identifier: GPL-3.0-or-later
// The queue: an overview of what needs somebody, what is in work, what comes next and what is finished, each list short; or one list by a
// filter, in pages. The filter stands in the address, but for the words of a search, which may be a patient's name.
import { advice_for, dead_codes } from "./advice.js";
import { make, show } from "./element.js";
import { lines_of, patient_of, read_jobs } from "./patients.js";
import { age, plural, progress_of, state_chip, state_of, wait_of } from "./words.js";

const page_jobs = 50, find_again_ms = 10_000;
const groups = [
  { id: "dead", title: "Needs you", states: ["dead"], shown: 10, asked: 10 },
  { id: "work", title: "In work", states: ["leased", "delivering"], shown: 20, asked: 20 },
  { id: "waiting", title: "Waiting", states: ["queued"], shown: 10, asked: 100 },  // the list is newest first, those that come next are its last
  { id: "finished", title: "Finished", states: ["done", "cancelled"], shown: 10, asked: 10 },
];
const filter_names = ["state", "lane", "rule", "error", "before"];

let filter = new URLSearchParams();
let find = "";
const rules_seen = new Set();
let found = { query: "", at_ms: 0, rows: [] };  // a search is a question to Orthanc: not with each refresh

export function set_filter(parameters) {
  filter = new URLSearchParams(filter_names.filter(name => parameters.get(name)).map(name => [name, parameters.get(name)]));
  choose("filter-lane", filter.get("lane"));
  choose("filter-rule", filter.get("rule"));
  choose("filter-error", filter.get("error"));
}

// A value that is not among the options yet is one, too: a rule may be gone whose jobs are not.
function choose(id, value) {
  const select = document.getElementById(id);
  if (value && ![...select.options].some(option => option.value === value)) select.append(make("option", {}, value));
  select.value = value || "";
}

function offer(id, values) {
  const select = document.getElementById(id);
  const there = new Set([...select.options].map(option => option.value));
  for (const value of values) if (value && !there.has(value)) select.append(make("option", {}, value));
}

function address(changes) {
  const next = new URLSearchParams(filter);
  for (const [name, value] of Object.entries(changes)) value ? next.set(name, value) : next.delete(name);
  const text = next.toString();
  return "#queue" + (text ? "?" + text : "");
}

function what_is_wrong(job) {
  if (!job.error || !["dead", "queued"].includes(job.state)) return null;
  const advice = advice_for(job.error.code);
  return make("div", { class: "wrong" }, make("p", {}, make("code", {}, job.error.code), " ", job.error.message),
    advice && job.state === "dead" ? make("p", { class: "todo" }, make("b", {}, "What to do: "), advice[1], " ",
      make("a", { href: "#advice-" + job.error.code }, "More")) : null);
}

// Where in the queue, how far, or how it ended.
function where(job) {
  const progress = progress_of(job);
  if (progress) return progress;
  if (job.state === "queued") return wait_of(job) || "waits";
  const { more } = state_of(job);
  return more || (job.revision > 1 ? "revision " + job.revision : "");
}

function row(job) {
  const patient = patient_of(job.study), lines = patient && lines_of(patient);
  const open = !["done", "cancelled"].includes(job.state);
  rules_seen.add(job.rule);
  return make("li", { id: "row-" + job.id, class: "row " + job.state },
    make("div", { class: "status" }, state_chip(job)),
    make("div", { class: "who" }, make("a", { id: "open-" + job.id, href: "#job-" + job.id }, make("span", { class: "number" }, "#" + job.id), " ",
      lines ? lines.name : "Study"),
      lines ? [lines.ids && make("span", { class: "line ids" }, lines.ids), lines.study && make("span", { class: "line what" }, lines.study)]
        : make("span", { class: "line uid" }, job.study)),
    make("div", { class: "rule" }, job.rule || "no rule", job.lane !== "routine" ? make("span", { class: "tag " + job.lane }, job.lane) : null,
      job.attempts > 1 ? make("span", { class: "line" }, plural(job.attempts, "attempt")) : null),
    make("div", { class: "where" }, where(job)),
    make("div", { class: "when" }, open ? ["for ", age(job.created)] : [age(job.finished || job.updated), " ago"],
      job.overdue ? make("span", { class: "tag late" }, "overdue") : null),
    what_is_wrong(job));
}

function list(id, title, rows, more) {
  return make("section", { id: "list-" + id, class: "list", "aria-labelledby": "title-" + id },
    make("h2", { id: "title-" + id }, title), make("ol", { class: "rows" }, rows.map(row)), more);
}

function sorted(rows) {
  const rank = job => ["leased", "delivering", "queued"].indexOf(job.state);
  return [...rows].sort((a, b) => rank(a) - rank(b) || (a.state === "queued" && (a.ahead ?? 0) - (b.ahead ?? 0)) || b.id - a.id);
}

function show_groups(counts) {
  const chosen = filter.get("state") || "";
  const item = (id, title, state, count) => {
    const attributes = { id: "group-" + id, href: address({ state, before: "" }), "aria-current": chosen === state ? "page" : null };
    if (id === "dead" && count) attributes.class = "dead";
    return make("a", attributes, title, count === null ? null : make("span", { class: "number" }, count.toLocaleString("en")));
  };
  show(document.getElementById("groups"), item("all", "All", "", null),
    groups.map(group => item(group.id, group.title, group.states.join(","), group.states.reduce((sum, state) => sum + counts[state], 0))));
}

function read_overview() {
  return Promise.all(groups.map(group => read_jobs("state=" + group.states.join(",") + "&limit=" + group.asked)));
}

function overview(counts, lists) {
  return groups.map((group, i) => {
    const all = group.states.reduce((sum, state) => sum + counts[state], 0), rows = sorted(lists[i]).slice(0, group.shown);
    if (!rows.length) return null;
    const title = group.id === "waiting" && all > group.asked ? "Waiting, of the newest " + group.asked : group.title;
    return list(group.id, title, rows, all > rows.length
      ? make("p", { class: "pages" },
        make("a", { id: "all-" + group.id, href: address({ state: group.states.join(",") }) }, "All " + all.toLocaleString("en"))) : null);
  });
}

async function read_one_list() {
  const asked = new URLSearchParams(filter);
  asked.set("limit", page_jobs);
  if (find) asked.set("find", find);
  const query = asked.toString().replaceAll("%2C", ",");
  if (!find || query !== found.query || Date.now() - found.at_ms > find_again_ms)
    found = { query, at_ms: Date.now(), rows: await read_jobs(query, Boolean(find)) };
  return found.rows;
}

function one_list(rows) {
  const group = groups.find(one => one.states.join(",") === filter.get("state"));
  const links = [filter.get("before") ? make("a", { id: "newest", href: address({ before: "" }) }, "Newest") : null,
    rows.length === page_jobs ? make("a", { id: "older", href: address({ before: String(rows.at(-1).id) }) }, "Older") : null];
  const title = find ? "Found for \u201c" + find + "\u201d" : group ? group.title : "Jobs";
  return list("one", title, filter.get("before") ? rows : sorted(rows),
    links.some(Boolean) ? make("nav", { class: "pages", "aria-label": "Pages of the list" }, links) : null);
}

function nothing() {
  if (is_overview())
    return make("p", { class: "empty" }, "No job yet. A study gets one when it has been still for Orthanc's StableAge and a rule takes it.");
  return make("p", { class: "empty" }, find ? "No job of such a study. " : "No job fits this filter. ",
    make("a", { href: "#rules" }, "Which rule would take a study?"));
}

function is_overview() { return !find && ![...filter.keys()].length; }

function asked_for() { return filter + " " + find; }

// What show_queue() draws; a failure is given back, since the node's status says it better.
export async function read_queue() {
  const asked = asked_for();
  try {
    return { asked, rows: await (is_overview() ? read_overview() : read_one_list()) };
  } catch (failure) {
    return { asked, failure };
  }
}

export function show_queue(status, { asked, rows, failure }) {
  const place = document.getElementById("jobs");
  if (!status.queue) { show(place, make("p", { class: "empty" }, "The queue cannot be read.")); return; }
  show_groups(status.queue.counts);
  if (asked !== asked_for()) return;  // the reader has gone on, and the answer to that comes next
  if (failure) throw failure;
  const lists = is_overview() ? overview(status.queue.counts, rows) : [one_list(rows)];
  const empty = lists.every(one => !one || !one.querySelector(".row"));
  show(place, empty ? [nothing()] : lists.filter(Boolean));
  offer("filter-rule", rules_seen);
}

export function begin_queue(refresh) {
  offer("filter-error", dead_codes);
  for (const name of ["lane", "rule", "error"]) {
    document.getElementById("filter-" + name).addEventListener("change",
      event => { location.hash = address({ [name]: event.target.value, before: "" }); });
  }
  const box = document.getElementById("find");
  const look = () => {
    find = box.value.trim();
    found.at_ms = 0;
    if (filter.get("before")) location.hash = address({ before: "" }); else refresh();
  };
  document.getElementById("filters").addEventListener("submit", event => { event.preventDefault(); look(); });
  box.addEventListener("search", () => { if (find && !box.value) look(); });  // the cross in the box
}
