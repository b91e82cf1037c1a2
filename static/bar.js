"use strict";

// Escape closes what the bar of decisions opens, and gives the focus back to what opened it.
document.querySelectorAll("[data-closes]").forEach((panel) => panel.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  panel.open = false;
  panel.querySelector("summary").focus();
}));
