"use strict";

// Escape closes what the bar of decisions opens, and gives the focus back to what opened it.
document.querySelectorAll("[data-closes]").forEach((panel) => panel.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  panel.open = false;
  panel.querySelector("summary").focus();
}));

// A page that is slow in coming may give the focus to the summary of errors before the bar, which then covers it.
document.querySelector(".summary__title:focus")?.scrollIntoView({ block: "nearest" });
