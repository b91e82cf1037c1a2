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

/* The rules of app/testimonials/attribution.py. */
function signatures(name, role, clsm, region) {
  const low = /^.\p{Ll}/u.test(role) ? role[0].toLowerCase() + role.slice(1) : role;
  const high = role && role[0].toUpperCase() + role.slice(1);
  return {
    full: name && role && clsm && `${name}, ${low}, ${clsm}`,
    role: role && clsm && `${high}, ${clsm}`,
    clsm,
    region: region && `Un CLSM, en région ${region}`,
  };
}

function signLive(form) {
  const lines = form.querySelectorAll("[data-signature]");
  const examples = new Map([...lines].map((line) => [line, line.textContent]));
  const { author_name: name, author_role: role, clsm, department } = form.elements;
  const show = () => {
    const typed = [name, role, clsm].map(({ value }) => value.trim().replace(/\s+/g, " "));
    const signed = signatures(...typed, department.selectedOptions[0].dataset.region);
    for (const line of lines) {
      const own = signed[line.dataset.signature];
      line.textContent = own || examples.get(line);
      line.previousElementSibling.textContent = own ? "Vous signez\u00a0:" : "Par exemple\u00a0:";
    }
  };
  show();
  form.oninput = show;
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

/* A copy of the form in local storage while the box is ticked; hidden fields (consents, token) have no id. */
function copy(box) {
  const { copy: place, fresh } = box.dataset;
  const [tick, back, gone, erase] = box.querySelectorAll("input, [role] p, button");
  const fields = [...tick.form.querySelectorAll("[id][name]")];
  const kept = JSON.parse(localStorage[place] || null);
  if (kept && fresh) for (const field of fields) [field.value, field.checked] = kept[field.id] || [field.value];
  back.hidden = !kept || !fresh;
  box.hidden = false;
  tick.checked = kept;
  tick.form.addEventListener("input", () => {
    const typed = fields.map(({ id, value, checked }) => [id, [value, checked]]);
    if (tick.checked) localStorage[place] = JSON.stringify(Object.fromEntries(typed));
    else delete localStorage[place];
  });
  erase.onclick = () => {
    tick.click();
    tick.focus();
    back.hidden = true;
    gone.hidden = false;
  };
}

/* Opens every <details> for printing. */
addEventListener("beforeprint", () => enhance("details:not([open])", (folded) => {
  folded.open = true;
  addEventListener("afterprint", () => { folded.open = false; }, { once: true });
}));

/* On going back, filters show the page's own values, not those that were being chosen. */
addEventListener("pagehide", () => enhance("form[autocomplete=off]", (form) => form.reset()));

try {
  enhance("[data-sent]", ({ dataset }) => delete localStorage[dataset.sent]);
  enhance("[data-copy]", copy);
} catch { /* No local storage. */ }
enhance("[data-most]", countBeneath);
enhance(".steps", signLive);
enhance("[data-once]", sendOnce);
enhance("[data-kept]", warnBeforeLeaving);
