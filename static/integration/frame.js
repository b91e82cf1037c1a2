"use strict";

/* Tells the page around how tall this one is, when that changes and when it asks (en-regard.js); it does as it likes. */
const page = document.documentElement;
const tell = () => parent.postMessage({ "en-regard": page.offsetHeight }, "*");
new ResizeObserver(tell).observe(page);
addEventListener("message", ({ data }) => {
  if (data === "en-regard") tell();
});
