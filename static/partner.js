"use strict";

// The partners that cover the département chosen come first in their list, named as such; nothing is chosen for the author.

function coverFirst({ elements: { department, partner } }) {
  const listed = [...partner.querySelectorAll("[data-covers]")];
  const group = document.createElement("optgroup");
  const show = () => {
    const { value, selectedOptions: [{ dataset: { named } }] } = department;
    const chosen = partner.value;
    const covering = listed.filter(({ dataset }) => dataset.covers.split(" ").includes(value));
    group.label = `Couvre ${named}`;
    group.replaceChildren(...covering);
    group.remove();
    partner[0].after(...covering.length ? [group] : [], ...listed.filter((each) => !covering.includes(each)));
    partner.value = chosen;
  };
  show();
  department.addEventListener("input", show);
}

document.querySelectorAll(".steps").forEach(coverFirst);
