// SPDX-License-Identifier: GPL-3.0-or-later
// What happened to a job: its attempts, its deliveries by destination, and who did what.
import { advice_for } from "./advice.js";
import { chip, make } from "./element.js";
import { card } from "./job_evidence.js";
import { duration, moment, person, plural } from "./words.js";

const events_shown = 200;

function attempt_item(attempt) {
  const end = attempt.end || "in work";
  const kind = { done: "good", "in work": "leased", failed: "dead", reclaimed: "wait" }[end] || "cancelled";
  const took = attempt.ended ? duration((Date.parse(attempt.ended) - Date.parse(attempt.started)) / 1000) : "";
  return make("li", {}, chip(kind, end), " ", moment(attempt.started), took ? make("span", { class: "quiet" }, " " + took) : null,
    attempt.error ? make("span", { class: "why" }, make("code", {}, attempt.error.code), " ", attempt.error.message) : null,
    make("span", { class: "uid" }, attempt.holder));
}

export function attempts_card(job) {
  const { poison, vanished, transient } = job.counts;
  const counted = [poison && plural(poison, "death") + " seen", vanished && vanished + " without a word",
    transient && plural(transient, "wait")].filter(Boolean).join(", ");
  if (!job.attempt_log.length) return null;
  return card("attempts", "Attempts", counted ? make("p", { class: "quiet" }, counted) : null,
    make("ul", { class: "items" }, job.attempt_log.map(attempt_item)));
}

const role_words = { sr: "report", pdf: "PDF", rejection: "note of withdrawal" };

function delivery_item(delivery) {
  const advice = delivery.error && !delivery.delivered ? advice_for(delivery.error.split(":")[0].trim()) : null;
  const waits = delivery.predecessor_waits ? "an earlier draft of the study goes first" : "";
  return make("li", {}, chip(delivery.delivered ? "good" : delivery.error ? "wait" : "queued",
    delivery.delivered ? "delivered" : delivery.error ? "waits" : "to be sent"), " ",
    make("b", {}, delivery.destination), " ", make("span", { class: "quiet" }, role_words[delivery.role] || delivery.role.replaceAll("_", " ")),
    delivery.tries > 1 ? make("span", { class: "quiet" }, " " + delivery.tries + " tries") : null,
    delivery.error || waits ? make("span", { class: "why" }, [delivery.error, waits, advice && advice[1]].filter(Boolean).join(". ")) : null);
}

export function deliveries_card(job) {
  if (!job.deliveries?.length) return null;
  const by_destination = [...job.deliveries].sort((a, b) => (a.destination !== "orthanc") - (b.destination !== "orthanc")
    || a.destination.localeCompare(b.destination));
  return card("deliveries", "Where it goes", make("ul", { class: "items" }, by_destination.map(delivery_item)));
}

const event_words = {
  enqueued: "queued", skipped: "no report due", reopened: "opened again", superseded: "other images came", claimed: "taken by the worker",
    result_stored: "draft stored",
  send_begun: "send begun", sent: "sent", send_failed: "send failed", send_given_up: "send given up", rejection_stored: "note of withdrawal stored",
    done: "done",
  failed: "attempt failed", dead: "dead", released: "handed back", reclaimed: "taken back from a silent worker", retried: "tried again",
    rerun: "another draft asked for",
  cancelled: "cancelled", rushed: "put first", held_text_released: "held text released", withdrawn: "withdrawn", purged: "text and objects removed",
};

function event_item(event) {
  return make("li", { id: "event-" + event.id }, moment(event.at),
    make("span", { class: "what" }, make("b", {}, event_words[event.kind] || event.kind.replaceAll("_", " ")),
    event.detail ? " " + event.detail : ""),
      make("span", { class: event.actor.startsWith("administrator:") ? "by person" : "by" }, person(event.actor)));
}

export function history_card(job) {
  const events = job.events.slice(-events_shown), cut = job.events.length - events.length;
  return card("history", "Who did what", cut ? make("p", { class: "quiet" }, plural(cut, "earlier entry", "earlier entries") + " not shown") : null,
    make("ol", { class: "history" }, events.map(event_item)));
}
