"use strict";

// The CRPV that cover the département chosen come first in their list, named as such; nothing is chosen for the author.

function coverFirst({ elements: { department, crpv } }) {
  const listed = [...crpv.querySelectorAll("[data-covers]")];
  const group = document.createElement("optgroup");
  const show = () => {
    const { value, selectedOptions: [{ dataset: { named } }] } = department;
    const chosen = crpv.value;
    const covering = listed.filter(({ dataset }) => dataset.covers.split(" ").includes(value));
    group.label = `Couvre ${named}`;
    group.replaceChildren(...covering);
    group.remove();
    crpv[0].after(...covering.length ? [group] : [], ...listed.filter((each) => !covering.includes(each)));
    crpv.value = chosen;
  };
  show();
  department.addEventListener("input", show);
}

document.querySelectorAll(".steps").forEach(coverFirst);
