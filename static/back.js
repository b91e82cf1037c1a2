"use strict";

// From the very page that the link leads to: goes back as the browser does, to the passage one was reading.

const link = document.querySelector("[data-back]");
const page = (address) => address.split("#")[0];
link.onclick = ({ ctrlKey, metaKey, shiftKey }) => {
  if (page(document.referrer) !== page(link.href) || ctrlKey || metaKey || shiftKey || history.length < 2) return true;
  history.back();
  return false;
};
