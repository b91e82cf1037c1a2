"use strict";

// « Tout cocher » ticks the rows here; without JavaScript, its link brings the page back with all of them ticked.
document.querySelectorAll("[data-tick-all]").forEach((link) => {
  const boxes = [...link.closest("form").querySelectorAll("[name=texte]")];
  const say = () => { link.textContent = boxes.every((each) => each.checked) ? "Tout décocher" : "Tout cocher"; };
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const tick = !boxes.every((each) => each.checked);
    boxes.forEach((each) => { each.checked = tick; });
    say();
  });
  boxes.forEach((each) => each.addEventListener("change", say));
  say();
});
