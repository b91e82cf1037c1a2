"use strict";

// The desk's keys, and the usual words of a decision. Nothing here is needed: each key leads where a link or a button
// leads too, and none decides.

const KEPT = "en-regard.raccourcis";
const help = document.querySelector(".help");
const box = document.getElementById("touches");
const links = [...document.querySelectorAll(".row__link")];

/* A browser that keeps nothing still has its keys. */
function kept(value) {
  try {
    if (value !== undefined) localStorage.setItem(KEPT, value);
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function isTyped({ target }) {
  return target.isContentEditable || target.matches("select, textarea, input:not([type=checkbox], [type=radio])");
}

/* In a list, j and k move the focus; above a text, they open its neighbours. */
function step(by) {
  const here = links.findIndex((link) => link.closest("li").contains(document.activeElement));
  const next = links[here < 0 ? 0 : here + by];
  if (next) next.focus();
}

function lead(key) {
  const there = document.querySelector(`[data-key="${key}"]`);
  if (!there) return;
  if (there.matches("a[href]:not([href^='#'])")) there.click();
  else there.focus();
}

function open() {
  const here = links.find((link) => link.closest("li").contains(document.activeElement)) || links[0];
  if (here) here.click();
}

const keys = {
  j: () => (links.length ? step(1) : lead("j")),
  k: () => (links.length ? step(-1) : lead("k")),
  o: open,
  e: () => lead("e"),
  p: () => lead("p"),
  d: () => lead("d"),
  r: () => lead("r"),
  "?": () => help.showModal(),
};

document.querySelectorAll("[data-scriptless]").forEach((shown) => { shown.hidden = true; });

if (help) {
  box.checked = kept() !== "non";
  box.addEventListener("change", () => kept(box.checked ? "oui" : "non"));
  for (const button of document.querySelectorAll("[data-keys]")) {
    button.hidden = false;
    button.addEventListener("click", keys["?"]);
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (!box.checked || help.open || isTyped(event) || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
}

/* The usual sentence of a reason, unless other words have been written. */
function offerWords(select) {
  const words = document.getElementById(select.dataset.says);
  let offered = "";
  select.onchange = () => {
    if (words.value.trim() !== offered) return;
    words.value = offered = select.selectedOptions[0].dataset.sentence || "";
    words.dispatchEvent(new Event("input"));
  };
}

document.querySelectorAll("[data-says]").forEach(offerWords);
