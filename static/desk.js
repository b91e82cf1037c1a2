"use strict";

// Keyboard shortcuts of the desk, and the usual sentence of each reason. All of it is optional: a shortcut only follows
// a link or focuses a button, and none decides.

const STORAGE_KEY = "en-regard.raccourcis";
const help = document.querySelector(".help");
const box = document.getElementById("touches");
const links = [...document.querySelectorAll(".row__link")];

/* Read or store whether shortcuts are on; without localStorage, they are. */
function storedSetting(value) {
  try {
    if (value !== undefined) localStorage.setItem(STORAGE_KEY, value);
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}

function isTyped({ target }) {
  return target.isContentEditable || target.matches("select, textarea, input:not([type=checkbox], [type=radio])");
}

/* In a list, j and k move the focus; on a review page, they open the next and previous texts. */
function step(by) {
  const here = links.findIndex((link) => link.closest("li").contains(document.activeElement));
  const next = links[here < 0 ? 0 : here + by];
  if (next) next.focus();
}

function activate(key) {
  const target = document.querySelector(`[data-key="${key}"]`);
  if (!target) return;
  target.closest("details")?.setAttribute("open", "");
  if (target.matches("a[href]:not([href^='#'])")) target.click();
  else target.focus();
}

function open() {
  const here = links.find((link) => link.closest("li").contains(document.activeElement)) || links[0];
  if (here) here.click();
}

const keys = {
  j: () => (links.length ? step(1) : activate("j")),
  k: () => (links.length ? step(-1) : activate("k")),
  o: open,
  e: () => activate("e"),
  p: () => activate("p"),
  m: () => activate("m"),
  g: () => activate("g"),
  d: () => activate("d"),
  r: () => activate("r"),
  a: () => activate("a"),
  "?": () => help.showModal(),
};

document.querySelectorAll("[data-scriptless]").forEach((element) => { element.hidden = true; });

if (help) {
  box.checked = storedSetting() !== "non";
  box.addEventListener("change", () => storedSetting(box.checked ? "oui" : "non"));
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

/* Fill in the usual sentence of a reason, unless the editor has typed a message. */
function offerSentence(select) {
  const words = document.getElementById(select.dataset.says);
  let offered = "";
  select.onchange = () => {
    if (words.value.trim() !== offered) return;
    words.value = offered = select.selectedOptions[0].dataset.sentence || "";
    words.dispatchEvent(new Event("input"));
  };
}

document.querySelectorAll("[data-says]").forEach(offerSentence);
