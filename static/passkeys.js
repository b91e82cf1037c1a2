"use strict";

// Passkeys: the browser asks the device, and its answer is sent with the form. Without this script the forms stay hidden.

function decoded(kind, options) {
  const read = kind === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  return { publicKey: PublicKeyCredential[read](options) };
}

async function answer(form) {
  const { passkey: kind, options } = form.dataset;
  const credential = await navigator.credentials[kind](decoded(kind, JSON.parse(options)));
  form.elements.credential.value = JSON.stringify(credential);
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) break;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    if (form.elements.name?.value === "") return;
    event.preventDefault();
    const said = form.querySelector("[data-passkey-said]");
    said.textContent = "";
    answer(form).then(() => form.submit(), () => { said.textContent = said.dataset.passkeySaid; });
  });
}
