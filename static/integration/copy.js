"use strict";

/* A button beside each code, for whoever has a clipboard that a page may write to; the others select. */
for (const button of document.querySelectorAll("[data-copies]")) {
  const said = button.nextElementSibling;
  button.hidden = !navigator.clipboard;
  button.onclick = async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    said.textContent = "Copié";
    setTimeout(() => { said.textContent = ""; }, 4000);
  };
}
