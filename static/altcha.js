"use strict";

// The computation of ALTCHA, while the preview is read. Without it nothing is lost: a question is asked instead.

const AT_ONCE = 500;
const written = new TextEncoder();
const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/* Some hundreds at a time: between two the page answers whoever reads it. */
async function find({ algorithm, challenge, maxnumber, salt }) {
  for (let first = 0; first <= maxnumber; first += AT_ONCE) {
    const digests = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, more) => crypto.subtle.digest(algorithm, written.encode(salt + (first + more)))),
    );
    const found = digests.findIndex((digest) => hex(digest) === challenge);
    if (found >= 0) return first + found;
    await new Promise((rest) => { setTimeout(rest); });
  }
  throw new Error("no such number");
}

function compute(said) {
  const form = said.closest("form");
  const asked = JSON.parse(said.dataset.altcha);
  let [busy, waiting] = [true, null];
  form.addEventListener("submit", (event) => {
    if (!busy || event.submitter?.value !== "send") return;
    // Before script.js hears of it: for it, nothing has been sent yet.
    event.preventDefault();
    event.stopPropagation();
    waiting = event.submitter;
    said.textContent = said.dataset.altchaSaid;
  });
  find(asked).then((number) => {
    const field = Object.assign(document.createElement("input"), { type: "hidden", name: "altcha" });
    field.value = btoa(JSON.stringify({ ...asked, number }));
    form.append(field);
  }).catch(() => { /* The server asks its question. */ }).finally(() => {
    busy = false;
    if (waiting) form.requestSubmit(waiting);
  });
}

if (window.crypto?.subtle) document.querySelectorAll("[data-altcha]").forEach(compute);
