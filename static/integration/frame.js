"use strict";

/* Sends the page's height to the embedding page, when it changes and when en-regard.js asks for it. */
const page = document.documentElement;
const tell = () => parent.postMessage({ "en-regard": page.offsetHeight }, "*");
new ResizeObserver(tell).observe(page);
addEventListener("message", ({ data }) => {
  if (data === "en-regard") tell();
});
