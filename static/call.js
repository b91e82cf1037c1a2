"use strict";

// What an author will read, composed anew as the form changes: a POST that stores nothing. « Voir » does it without.

const form = document.querySelector(".calling");
let latest = 0;
let timer = 0;

/* Words that were left as the page had them follow the partner's name; those typed stay. */
function take(page) {
  document.getElementById("lu").replaceWith(page.getElementById("lu"));
  for (const composed of page.querySelectorAll(".calling :is(textarea, [type=text], [name=shown])")) {
    const field = form.elements[composed.name];
    if (field.name === "shown" || field.value === field.defaultValue) {
      field.value = composed.value;
      field.defaultValue = composed.value;
    }
  }
}

async function compose() {
  const data = new FormData(form);
  data.set("step", "preview");
  latest += 1;
  const number = latest;
  const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(data) });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (number === latest && page.getElementById("lu")) take(page);
}

form.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => compose().catch(() => {}), 400);
});
