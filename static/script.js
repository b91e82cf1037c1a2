"use strict";

// Progressive enhancement: every page works without this script.

const figures = new Intl.NumberFormat("fr");
const signs = (length) => `${figures.format(length)}\u00a0signe${length > 1 ? "s" : ""}`;
const enhance = (selector, how) => document.querySelectorAll(selector).forEach(how);

/* Counts as the server does (app/forms.py, Signs). */
function measure(text, least, most) {
  const length = [...text.normalize("NFC").trim()].length;
  let words = length && `${figures.format(length)} sur ${signs(most)}`;
  if (length > most) words = `${signs(length - most)} de trop`;
  if (length < least) words = `Encore ${signs(least - length)} au moins`;
  return { words: words || "", out: length > most, worthSaying: length < least || length > most * 0.9 };
}

/* The counter: shown at once, announced to screen readers after a pause. */
function countBeneath(field) {
  const { least, most } = field.dataset;
  const [shown, announced] = [document.createElement("p"), document.createElement("p")];
  let pause;
  shown.ariaHidden = "true";
  announced.className = "hidden";
  announced.ariaLive = "polite";
  field.after(shown, announced);
  const show = () => {
    const { words, out, worthSaying } = measure(field.value, least, most);
    shown.textContent = words;
    shown.className = `field__count${out ? " field__count--out" : ""}`;
    return worthSaying ? words : "";
  };
  show();
  field.oninput = () => {
    const words = show();
    clearTimeout(pause);
    pause = setTimeout(() => { announced.textContent = words; }, 1000);
  };
}

/* A second click sends nothing for eight seconds; after that the first may have been lost. */
let sending = false;
const rest = () => { sending = false; };
addEventListener("submit", () => { sending = setTimeout(rest, 8000); });
addEventListener("pageshow", rest);

function sendOnce(form) {
  form.onsubmit = () => !sending;
}

/* Asks before the page is left with unsent text. */
function warnBeforeLeaving({ elements, dataset }) {
  addEventListener("beforeunload", (event) => {
    if (elements[dataset.kept].value && !sending) event.preventDefault();
  });
}

/* Opens every <details> for printing. */
addEventListener("beforeprint", () => enhance("details:not([open])", (folded) => {
  folded.open = true;
  addEventListener("afterprint", () => { folded.open = false; }, { once: true });
}));

/* On going back, filters show the page's own values, not those that were being chosen. */
addEventListener("pagehide", () => enhance("form[autocomplete=off]", (form) => form.reset()));

try {
  enhance("[data-sent]", ({ dataset }) => dataset.sent.split(" ").forEach((place) => delete localStorage[place]));
} catch { /* No local storage. */ }
enhance("[data-most]", countBeneath);
enhance("[data-once]", sendOnce);
enhance("[data-kept]", warnBeforeLeaving);
