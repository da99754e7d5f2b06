// SPDX-License-Identifier: GPL-3.0-or-later
// What a report was made from: what came, by which rule, which series were shown and why others were not, which priors, and by which model.
// The worker notes it as the job's detail (worker/job_detail.cpp).
import { chip, make, pair } from "./element.js";
import { action_box } from "./rule_words.js";
import { dicom_date, duration, moment, plural } from "./words.js";

const rows_shown = 60;  // of a list that a hostile study made long

export function card(id, title, ...content) {
  return content.flat().some(Boolean)
    ? make("section", { id: "card-" + id, class: "card", "aria-labelledby": "title-" + id }, make("h2", { id: "title-" + id }, title), content)
    : null;
}

function uid(value) { return make("span", { class: "uid" }, value); }

export function received_card(job) {
  return card("received", "What was received",
    make("dl", { class: "facts" }, pair("Images", String(job.images ?? "")), pair("Queued", moment(job.created)),
    pair("Run", job.run ? String(job.run) : ""), pair("Revision", job.revision ? String(job.revision) : ""),
    pair("Next try", job.state === "queued" && job.error ? moment(job.due) : "")),
    make("dl", { class: "facts long" }, pair("Study", uid(job.study)), pair("Draft", job.revision ? uid(job.sop_instance_uid) : ""),
      pair("Replaces", job.predecessor ? uid(job.predecessor) : "")));
}

export function rule_card(job) {
  const skipped = job.events.find(event => event.kind === "skipped");
  return card("rule", "Which rule", make("p", { class: "big" }, job.rule || "No rule took it"),
    skipped ? make("p", { class: "quiet" }, skipped.detail) : null,
    action_box(job.action),
    make("p", {}, make("a", { id: "test-rules", href: "#rules", "data-study": job.study }, "What would the rules say today?")));
}

function capped(rows, words) {
  return rows.length > rows_shown
    ? [...rows.slice(0, rows_shown), make("li", { class: "quiet" }, "and " + (rows.length - rows_shown) + " more " + words)] : rows;
}

export function series_card(job) {
  const detail = job.detail;
  if (!detail || typeof detail !== "object") return null;
  const shown = (detail.shown || []).map(series => make("li", {}, chip("good", "shown"), " ", make("b", {}, plural(series.instances, "image")),
    uid(series.series)));
  const left = (detail.left_out || []).map(series => make("li", {},
    chip(series.by_policy ? "skipped" : "wait", series.by_policy ? "left out" : "not usable"), " ",
    make("b", {}, plural(series.instances, "image")), make("span", { class: "why" }, series.reason || series.code), uid(series.series)));
  return card("series", "Which series, and why not the others", shown.length + left.length
    ? make("ul", { class: "items" }, shown, capped(left, "were left out")) : make("p", { class: "quiet" }, "None was looked at yet."));
}

function prior_item(prior) {
  const what = [prior.images ? plural(prior.images, "image") : "", prior.reports ? plural(prior.reports, "report") : ""].filter(Boolean).join(", ");
  return make("li", {}, chip("good", "used"), " ", make("b", {}, dicom_date(prior.date)), make("span", { class: "why" }, what || "named only"),
    uid(prior.study));
}

export function priors_card(job) {
  const detail = job.detail;
  if (!detail || typeof detail !== "object") return null;
  const used = (detail.priors || []).map(prior_item);
  const refused = (detail.priors_refused || []).map(why => make("li", {}, chip("skipped", "not used"), " ", make("span", { class: "why" }, why)));
  const cut = (detail.prompt_cut || []).map(what => make("li", {}, chip("wait", "cut"), " ",
    make("span", { class: "why" }, typeof what === "string" ? what : JSON.stringify(what))));
  return card("priors", "Which priors, and why not others", used.length + refused.length + cut.length
    ? make("ul", { class: "items" }, used, capped(refused, "were not used"), cut)
      : make("p", { class: "quiet" }, "No earlier study of this patient was found."));
}

function seconds(ms) { return ms === undefined ? "" : ms < 10_000 ? (ms / 1000).toFixed(1) + " s" : duration(ms / 1000); }

export function writing_card(job) {
  const { model, generated } = job.detail && typeof job.detail === "object" ? job.detail : {};
  if (!model?.name && !generated) return null;
  const flags = generated?.flags || [];
  return card("writing", "How it was written",
    make("dl", { class: "facts" }, pair("Model", model ? [model.name, model.version].filter(Boolean).join(" ") : ""),
      pair("On", model ? [model.device, model.dtype].filter(Boolean).join(", ") : ""),
      pair("Prompt", generated ? plural(generated.prompt_tokens, "token") : ""), pair("Answer", generated ? plural(generated.tokens, "token") : ""),
      pair("Images looked at", generated ? seconds(generated.vision_ms) : ""), pair("Prompt read", generated ? seconds(generated.prefill_ms) : ""),
      pair("Text written", generated ? seconds(generated.decode_ms) : "")),
    flags.length ? make("p", {}, "Flags of the text: ", flags.map(flag => [chip("wait", flag.replaceAll("_", " ")), " "])) : null,
    make("details", {}, make("summary", {}, "Everything that was noted"),
      make("pre", { class: "raw", tabindex: "0" }, JSON.stringify(job.detail, null, 1))));
}
