// SPDX-License-Identifier: GPL-3.0-or-later
// Elements: made from words as text nodes, never from markup; and brought up to date in place. What did not change is not touched, so that
// focus, selection, scrolling and unfolded details stay where the reader left them.

export function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  for (const child of children.flat(Infinity)) if (child !== null && child !== undefined && child !== false) element.append(child);
  return element;
}

// `id`s keep their element wherever it goes among its sisters; others are matched in order.
export function show(parent, ...children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.id : "";
  update_children(parent, make("div", {}, ...children));
  if (focused && document.activeElement.id !== focused) document.getElementById(focused)?.focus();
}

function update(kept, fresh) {
  if (kept.nodeType !== Node.ELEMENT_NODE) {
    if (kept.nodeValue !== fresh.nodeValue) kept.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...kept.attributes]) if (!fresh.hasAttribute(name) && !is_the_readers(kept, name)) kept.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (!is_the_readers(kept, name) && kept.getAttribute(name) !== value) kept.setAttribute(name, value);
  }
  update_children(kept, fresh);
}

function is_the_readers(element, name) { return name === "open" && element.tagName === "DETAILS"; }

function are_alike(kept, fresh) { return kept.nodeName === fresh.nodeName && (kept.id || "") === (fresh.id || ""); }

function update_children(kept, fresh) {
  const wanted = [...fresh.childNodes];
  const wanted_ids = new Set(wanted.map(child => child.id).filter(Boolean));
  for (const child of [...kept.children]) if (child.id && !wanted_ids.has(child.id)) child.remove();
  const by_id = new Map([...kept.children].filter(child => child.id).map(child => [child.id, child]));
  let next = kept.firstChild;
  for (const child of wanted) {
    const found = child.id ? by_id.get(child.id) : next && are_alike(next, child) ? next : null;
    if (found && are_alike(found, child)) {
      if (found === next) next = next.nextSibling;
      else kept.insertBefore(found, next);
      update(found, child);
    } else {
      if (found === next && next) next = next.nextSibling;
      found?.remove();
      kept.insertBefore(child, next);
    }
  }
  while (next) {
    const after = next.nextSibling;
    next.remove();
    next = after;
  }
}

// The facts of a list: nothing when there is nothing to say.
export function pair(name, value) {
  return value === null || value === undefined || value === "" ? null : make("div", {}, make("dt", {}, name), make("dd", {}, value));
}

// A word and a shape: no state is told by its colour alone.
export function chip(kind, words) { return make("span", { class: "chip " + kind }, words); }
