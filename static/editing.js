"use strict";

// Masking, and not losing what is typed. Nothing here is needed: brackets mask without a script.

/* What is selected goes between double brackets, as one would write them, and makes one with the passages it meets;
   a passage selected with its brackets comes out again. */
function mask(field, start, end) {
  const met = [...field.value.matchAll(/\[\[[^]*?\]\]/g)]
    .map((mark) => [mark.index, mark.index + mark[0].length])
    .filter(([from, to]) => from < end && start < to);
  const from = Math.min(start, ...met.map((mark) => mark[0]));
  const to = Math.max(end, ...met.map((mark) => mark[1]));
  const words = field.value.slice(from, to).replace(/\[\[|\]\]/g, "");
  const isMasked = met.length === 1 && met[0][0] === start && met[0][1] === end;
  field.setRangeText(isMasked ? words : `[[${words}]]`, from, to, "select");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

function offerMask(field) {
  const [button, said] = [document.createElement("button"), document.createElement("span")];
  button.type = "button";
  button.className = "link";
  button.textContent = "Masquer la sélection";
  button.setAttribute("aria-describedby", field.id);
  said.className = "small";
  said.role = "status";
  button.onclick = () => {
    const { selectionStart: start, selectionEnd: end } = field;
    said.textContent = start === end ? " Sélectionnez d’abord les mots à masquer." : "";
    if (start !== end) mask(field, start, end);
  };
  const place = document.createElement("p");
  place.className = "mask";
  place.append(button, said);
  field.after(place);
}

/* A passage the assistant noticed, wherever it now stands in its field, unless it is between brackets already. */
function offerPassage(button) {
  const field = document.getElementById(button.dataset.mask);
  const { words } = button.dataset;
  button.hidden = false;
  button.onclick = () => {
    let start = field.value.indexOf(words);
    while (start > 1 && field.value.slice(start - 2, start) === "[[") start = field.value.indexOf(words, start + 1);
    if (start < 0) button.disabled = true;
    else mask(field, start, start + words.length);
  };
}

/* Words that are nowhere but on this page are not left by accident: those the page came with, or typed since. */
function hold(form) {
  let sent = false;
  form.addEventListener("submit", () => { sent = true; });
  addEventListener("pageshow", () => { sent = false; });
  addEventListener("beforeunload", (event) => {
    const typed = [...form.querySelectorAll("textarea, input")].some((field) => field.value !== field.defaultValue);
    if (!sent && (form.dataset.held || typed)) event.preventDefault();
  });
}

for (const name of document.querySelector("[data-masks]")?.dataset.masks.split(" ") || []) {
  offerMask(document.getElementById(name));
}
document.querySelectorAll("[data-mask]").forEach(offerPassage);
document.querySelectorAll("[data-held]").forEach(hold);
