"use strict";

// « Imprimer », in the toolbar of a document. Without it, the sentence beside says how.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
