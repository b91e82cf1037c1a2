"use strict";

// Puts words selected in a published text into the box of a claim, by a button. Without it, they are copied and pasted.

let selected = "";
document.addEventListener("selectionchange", () => {
  const selection = getSelection(), words = selection.toString().trim();
  if (words && selection.anchorNode.parentElement.closest("[data-quotable]")) selected = words;
});
for (const box of document.querySelectorAll("[data-cite]")) {
  const button = Object.assign(document.createElement("button"), {
    type: "button", className: "button button--quiet button--small", textContent: "Prendre les mots sélectionnés",
  });
  button.addEventListener("click", () => {
    box.value = selected || box.value;
    box.focus();
  });
  box.after(button);
}
