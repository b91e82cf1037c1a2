"use strict";

// Marks, in the rail's index, the passage that is being read. Without it the index still leads to each.

const rail = document.querySelector(".rail");
const seen = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    rail.querySelector(`[href="#${target.id}"]`).ariaCurrent = isIntersecting || null;
  }
}, { rootMargin: "-33% 0% -66%" });
for (const { hash } of rail?.querySelectorAll("a") ?? []) seen.observe(document.getElementById(hash.slice(1)));
