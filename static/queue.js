"use strict";

// A text is marked as read by being seen; « Tout cocher » ticks the rows of a list.

/* A text that is before one's eyes is read: its mark is sent, without a word. A page opened behind waits to be seen. */
const reading = document.querySelector("[data-read]");

function sendReading() {
  if (document.visibilityState !== "visible") return;
  document.removeEventListener("visibilitychange", sendReading);
  const body = new URLSearchParams(new FormData(reading));
  fetch(reading.action, { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => {});
}

if (reading) {
  reading.hidden = true;
  document.addEventListener("visibilitychange", sendReading);
  sendReading();
}

/* « Tout cocher » ticks the rows here; without JavaScript, its link brings the page back with all of them ticked. */
document.querySelectorAll("[data-tick-all]").forEach((link) => {
  const boxes = [...link.closest("form").querySelectorAll("[name=texte]")];
  const say = () => { link.textContent = boxes.every((each) => each.checked) ? "Tout décocher" : "Tout cocher"; };
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const tick = !boxes.every((each) => each.checked);
    boxes.forEach((each) => { each.checked = tick; });
    say();
  });
  boxes.forEach((each) => each.addEventListener("change", say));
  say();
});
