"use strict";

// The form an author fills: the signature as typed, its copy, what unfolds. After script.js.

/* The rules of app/testimonials/attribution.py. */
function signatures(name, role, clsm, region, unnamed) {
  const low = /^.\p{Ll}/u.test(role) ? role[0].toLowerCase() + role.slice(1) : role;
  const high = role && role[0].toUpperCase() + role.slice(1);
  return {
    full: name && role && clsm && `${name}, ${low}, ${clsm}`,
    role: role && clsm && `${high}, ${clsm}`,
    clsm,
    region: region && unnamed + region,
  };
}

function signLive(form) {
  const lines = form.querySelectorAll("[data-signature]");
  const { author_name: name, author_role: role, clsm, department } = form.elements;
  const unnamed = form.querySelector("[data-unnamed]")?.dataset.unnamed;
  const show = () => {
    const typed = [name, role, clsm].map(({ value }) => value.trim().replace(/\s+/g, " "));
    const { region } = department?.selectedOptions[0].dataset ?? {};
    const signed = signatures(...typed, region, unnamed);
    for (const line of lines) {
      const own = signed[line.dataset.signature];
      line.textContent = own;
      line.previousElementSibling.textContent = "Vous signez\u00a0:";
      line.parentElement.hidden = !own;
    }
  };
  show();
  form.oninput = show;
}

/* A copy of the form in local storage while the box is ticked; hidden fields have no id. */
function copy(box) {
  const { copy: place, former, fresh } = box.dataset;
  if (former in localStorage) localStorage[place] ??= localStorage[former];
  delete localStorage[former];
  const tick = box.querySelector("input");
  const told = document.querySelector("#copie-reprise");
  const [back, gone, erase] = told.querySelectorAll("p, button");
  const fields = [...tick.form.querySelectorAll("[id][name]")];
  let kept = JSON.parse(localStorage[place] || null);
  if (kept && fresh) for (const field of fields) [field.value, field.checked] = kept[field.id] || [field.value];
  enhance("[data-most]", (field) => field.oninput());
  told.hidden = back.hidden = !kept || !fresh;
  box.hidden = false;
  tick.checked = kept;
  tick.form.addEventListener("input", () => {
    const typed = fields.map(({ id, value, checked }) => [id, [value, checked]]);
    kept = tick.checked ? { ...kept, ...Object.fromEntries(typed) } : null;
    if (kept) localStorage[place] = JSON.stringify(kept);
    else delete localStorage[place];
    back.hidden = erase.hidden = !tick.checked;
    gone.hidden = tick.checked;
  });
  erase.onclick = () => {
    tick.click();
    told.focus();
  };
}

/* Opens what holds words, filled in by a browser or a copy. */
function unfold(folded) {
  if ([...folded.querySelectorAll("[name]")].some(({ value }) => value)) folded.open = true;
}

/* Unfolded by hand: to be filled in. */
function fillIn(folded) {
  folded.firstElementChild.onclick = (event) => {
    if (folded.open) return;
    event.preventDefault();
    folded.open = true;
    folded.querySelector("[name]").focus();
  };
}

try {
  enhance("[data-copy]", copy);
} catch { /* No local storage. */ }
enhance(".steps", signLive);
enhance(".adding", fillIn);
addEventListener("pageshow", () => enhance(".adding", unfold));
