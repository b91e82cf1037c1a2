"use strict";

// Masking of a selection, and a warning before typed words are lost. Optional: brackets mask without JavaScript.

/* Put the selection between double brackets, merged with the masked passages it overlaps; unmask a passage selected
   with its brackets. */
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
  const [button, status] = [document.createElement("button"), document.createElement("span")];
  button.type = "button";
  button.className = "link";
  button.textContent = "Masquer la sélection";
  button.setAttribute("aria-describedby", field.id);
  status.className = "small";
  status.role = "status";
  button.onclick = () => {
    const { selectionStart: start, selectionEnd: end } = field;
    status.textContent = start === end ? " Sélectionnez d’abord les mots à masquer." : "";
    if (start !== end) mask(field, start, end);
  };
  const paragraph = document.createElement("p");
  paragraph.className = "mask";
  paragraph.append(button, status);
  field.after(paragraph);
}

/* Mask a passage found by the assistant, at its current position in the field, unless it is masked already. */
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

/* Warn before leaving a page with unsaved words: typed since, or returned by the server with an error. */
function warnBeforeLeaving(form) {
  let sent = false;
  form.addEventListener("submit", () => { sent = true; });
  addEventListener("pageshow", () => { sent = false; });
  addEventListener("beforeunload", (event) => {
    const typed = [...form.querySelectorAll("textarea, input")].some((field) => field.value !== field.defaultValue);
    if (!sent && (form.dataset.unsaved || typed)) event.preventDefault();
  });
}

for (const name of document.querySelector("[data-masks]")?.dataset.masks.split(" ") || []) {
  offerMask(document.getElementById(name));
}
document.querySelectorAll("[data-mask]").forEach(offerPassage);
document.querySelectorAll("[data-unsaved]").forEach(warnBeforeLeaving);
