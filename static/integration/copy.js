"use strict";

/* Shows a « Copier » button beside each snippet in browsers that let a page write to the clipboard. */
for (const button of document.querySelectorAll("[data-copies]")) {
  const status = button.nextElementSibling;
  button.hidden = !navigator.clipboard;
  button.onclick = async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    status.textContent = "Copié";
    setTimeout(() => { status.textContent = ""; }, 4000);
  };
}
