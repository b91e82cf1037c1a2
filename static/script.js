"use strict";

// Nothing here is needed: every page works without it. It counts, shows, and spares a slip.

const figures = new Intl.NumberFormat("fr");

function signs(length) {
  return `${figures.format(length)}\u00a0${length > 1 ? "signes" : "signe"}`;
}

/* Counters: what is typed is counted beneath it; a screen reader is told, after a pause, of what is short, nearly full
   or too long. Lengths are counted as the server counts them. */
function measure(text, least, most) {
  const length = [...text.normalize("NFC").trim()].length;
  if (length > most) return { out: true, worthSaying: true, words: `${signs(length - most)} de trop` };
  if (length < least) return { out: false, worthSaying: true, words: `Encore ${signs(least - length)} au moins` };
  const words = length ? `${figures.format(length)} sur ${signs(most)}` : "";
  return { out: false, worthSaying: length > most * 0.9, words };
}

function countBeneath(field) {
  const { least, most } = field.dataset;
  const shown = document.createElement("p");
  const said = document.createElement("p");
  let pause = 0;
  shown.className = "field__count";
  shown.setAttribute("aria-hidden", "true");
  said.className = "hidden";
  said.setAttribute("aria-live", "polite");
  field.after(shown, said);
  const show = () => {
    const measured = measure(field.value, Number(least), Number(most));
    shown.textContent = measured.words;
    shown.classList.toggle("field__count--out", measured.out);
    return measured;
  };
  show();
  field.addEventListener("input", () => {
    const { words, worthSaying } = show();
    clearTimeout(pause);
    pause = setTimeout(() => { said.textContent = worthSaying ? words : ""; }, 1000);
  });
}

/* The four signatures, with what has been typed. The server's rules are in app/testimonials/attribution.py. */
function signatures({ name, role, clsm, region }) {
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
  const typed = (name) => form.elements[name].value.trim().replace(/\s+/g, " ");
  const show = () => {
    const { region } = form.elements.department.selectedOptions[0].dataset;
    const signed = signatures({ name: typed("author_name"), role: typed("author_role"), clsm: typed("clsm"), region });
    for (const line of lines) {
      const own = signed[line.dataset.signature];
      line.textContent = own || examples.get(line);
      line.previousElementSibling.textContent = own ? "Vous signez\u00a0:" : "Par exemple\u00a0:";
    }
  };
  show();
  form.addEventListener("input", show);
}

/* A second click sends nothing; if the first got lost, one may try again after a while. */
function sendOnce(form) {
  let gone = false;
  const again = () => { gone = false; };
  form.addEventListener("submit", (event) => {
    if (gone) event.preventDefault();
    else setTimeout(again, 8000);
    gone = true;
  });
  addEventListener("pageshow", again);
}

/* A text that is nowhere but on this page is not left by accident. */
function keep(form) {
  let sending = false;
  form.addEventListener("submit", () => { sending = true; });
  addEventListener("pageshow", () => { sending = false; });
  addEventListener("beforeunload", (event) => {
    if (form.elements.account.value && !sending) event.preventDefault();
  });
}

/* The usual sentence of a reason, unless other words have been written. */
function offerWords(select) {
  const words = document.getElementById(select.dataset.says);
  let offered = "";
  select.addEventListener("change", () => {
    if (words.value.trim() !== offered) return;
    words.value = offered = select.selectedOptions[0].dataset.sentence || "";
    words.dispatchEvent(new Event("input"));
  });
}

/* On paper nothing is folded: the words one agreed to are there. */
addEventListener("beforeprint", () => enhance("details", (folded) => { folded.open = true; }));

function enhance(selector, how) {
  document.querySelectorAll(selector).forEach(how);
}

enhance("[data-most]", countBeneath);
enhance(".steps", signLive);
enhance("[data-once]", sendOnce);
enhance("[data-kept]", keep);
enhance("[data-says]", offerWords);
