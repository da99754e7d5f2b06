// SPDX-License-Identifier: GPL-3.0-or-later
// What a person may do with a job. Each act names the version that was shown: if somebody changed the job meanwhile it is refused, and
// the job is shown as it is now.
import { make } from "./element.js";
import { send } from "./node_client.js";
import { can_be_withdrawn, open_withdrawal } from "./withdraw.js";

const by_state = {
  dead: ["retry", "rerun"], cancelled: ["retry"], done: ["rerun"], queued: ["rush", "cancel"], leased: ["rush", "cancel"], delivering: ["cancel"],
};
const words = { retry: "Try again", release: "Send the held text", rerun: "Make another draft", cancel: "Cancel", rush: "Do it next" };
const told = { retry: "It is queued again.", release: "The held text will be sent.", cancel: "It is cancelled.",
  rush: "It is put before all others." };

export function action_buttons(job, roles) {
  const held = job.held_text && !job.held_released_by && job.state === "dead";
  const possible = roles.has("operate")
    ? [...(held ? ["release"] : []), ...by_state[job.state].filter(name => name !== "rush" || job.lane !== "stat")] : [];
  const buttons = possible.map((name, i) => make("button",
    { id: "do-" + name, class: i === 0 && job.state === "dead" ? "first" : null, "data-job": job.id, "data-act": name }, words[name]));
  if (roles.has("administer") && can_be_withdrawn(job)) buttons.push(make("button",
    { id: "do-withdraw", "data-job": job.id, "data-act": "withdraw" }, "Withdraw this draft"));
  return buttons.length ? make("div", { class: "actions", role: "group", "aria-label": "What you can do" }, buttons) : null;
}

// What to say of it; `job` as it was shown. Fails as send() does.
export async function act_on_job(job, name) {
  if (name === "withdraw") { open_withdrawal(job); return ""; }
  const done = await send("jobs/" + job.id + "/" + name, null, job.version);
  if (name === "rerun" && done.id !== job.id) location.hash = "#job-" + done.id;
  return "Job " + job.id + ": " + (name === "rerun" ? "another draft is queued as job " + done.id + "." : told[name]);
}
