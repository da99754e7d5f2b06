// SPDX-License-Identifier: GPL-3.0-or-later
// "Report this study" on the page of a study's drafts, for those who may.
import { make, show } from "./element.js";
import { read, send } from "./node_client.js";

const box = document.getElementById("report-study");
const button = make("button", { type: "button", class: "first" }, "Report this study"), said = make("div", { role: "status" });

function refusal(failure) {
  return [make("p", { class: "message" }, failure.message),
    failure.trials.length ? make("ul", {}, failure.trials.map(trial => make("li", {}, make("b", {}, trial.rule), ": ", trial.why))) : null];
}

function link_to(job) { return make("a", { href: "/radfm/#job-" + job }, "job " + job); }

let asked = false;
async function report() {
  if (asked) return;
  asked = true;
  try {
    const made = await send("studies/" + encodeURIComponent(box.dataset.study) + "/report", {});
    if (made.result === "queued" && made.id) { location.assign("/radfm/#job-" + made.id); return; }
    show(said, make("p", {}, "These images have their draft already, or are on the way to it",
      made.id ? [": ", link_to(made.id), ". Another draft of them is asked for there."] : "."));
  } catch (failure) { show(said, refusal(failure)); }
  asked = false;
}

button.addEventListener("click", report);
const status = await read("status");
if (status.you.roles.includes("operate")) box.append(make("p", { class: "actions" }, button), said);
