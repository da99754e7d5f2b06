// SPDX-License-Identifier: GPL-3.0-or-later
// The text of a finished draft (the SR in words: a head, then sections of indented lines, parted by empty lines), laid out for somebody who
// compares it with the images: what it says first, then what it was made from, its technical parts folded. No word is left out.
import { make } from "./element.js";

const said_first = ["Summary", "Impressions", "Findings"];
const technical = ["Made from", "Compared with"];
const told_by_the_heading = /^(Comment|Impression|Finding|Recommendation|Request|Procedure Description): /;

// [{ heading, lines }], or nothing for a text that is not laid out so: one in the making, or one that was held back.
function sections_of(text) {
  const parts = text.trimEnd().split("\n\n").map(part => part.split("\n"));
  const [head, ...sections] = parts;
  if (!sections.length || head.some(line => line.startsWith(" "))) return null;
  if (!sections.every(([heading, ...lines]) => !heading.startsWith(" ") && lines.length && lines[0].startsWith("  "))) return null;
  return { head, sections: sections.map(([heading, ...lines]) => ({ heading, lines: lines.map(line => line.replace(/^ {2}/, "")) })) };
}

function line_of(line) {
  const deeper = line.startsWith(" ");
  return make("p", { class: deeper ? "deeper" : null }, line.trim().replace(told_by_the_heading, ""));
}

function section_of({ heading, lines }) {
  const kind = heading === "Findings" || heading === "Impressions" ? "said" : null;
  return make("section", { class: kind }, make("h3", {}, heading), lines.map(line_of));
}

export function report_in_parts(text) {
  const found = sections_of(text);
  if (!found) return [text];
  const rank = section => (said_first.includes(section.heading) ? said_first.indexOf(section.heading) : said_first.length);
  const ordered = found.sections.map((section, i) => ({ section, i })).sort((a, b) => rank(a.section) - rank(b.section) || a.i - b.i)
    .map(one => one.section);
  const shown = ordered.filter(section => !technical.includes(section.heading)),
    folded = ordered.filter(section => technical.includes(section.heading));
  return [shown.map(section_of), make("details", {}, make("summary", {}, "Head and evidence of the document"), found.head.map(line_of),
    folded.map(section_of))];
}
