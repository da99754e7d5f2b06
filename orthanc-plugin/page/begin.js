// SPDX-License-Identifier: GPL-3.0-or-later
// The frame of the page is painted first. Only then are its modules asked for, all at once: a machine that computes a report has
// little to spare for both.
function begin() {
  document.head.append(document.getElementById("modules").content);
  import("./page.js");
}

document.hidden ? begin() : requestAnimationFrame(() => setTimeout(begin));
