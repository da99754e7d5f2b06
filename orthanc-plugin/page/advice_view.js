// SPDX-License-Identifier: GPL-3.0-or-later
// All advice on one view; #advice-CODE leads to its line.
import { advice_tables } from "./advice.js";
import { make, show } from "./element.js";

function table(group) {
  const rows = Object.entries(group.advice).map(([code, [happened, todo]]) =>
    make("div", { class: "advice-line", id: "line-" + code, tabindex: "-1" }, make("dt", {}, make("code", {}, code)),
      make("dd", {}, make("span", {}, happened), " ", make("b", {}, todo))));
  return make("section", { class: "card" }, make("h2", {}, group.heading), make("p", { class: "quiet" }, group.lead),
    make("dl", { class: "advice" }, rows));
}

export function show_advice(code) {
  show(document.getElementById("advice-tables"), advice_tables.map(table), make("p", { class: "quiet" },
    "The longer words, and codes that are not listed here, are in the operating document of this version, under the same headings."));
  for (const line of document.querySelectorAll(".advice-line.wanted")) line.classList.remove("wanted");
  const line = code && document.getElementById("line-" + code);
  if (!line) return false;
  line.classList.add("wanted");
  line.focus();
  line.scrollIntoView({ block: "center" });
  return true;
}
