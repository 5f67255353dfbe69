/* What pages gain with JavaScript: copying, showing a change before it is saved, closing menus. Every page works without it. */
(() => {
  "use strict";

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
      const label = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = label; }, 1500);
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  });

  // A table row leads where its first link leads.
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, input, form") && !String(getSelection())) location.assign(row.dataset.href);
  });

  const shown = (input) => {
    if (input.type === "checkbox") return input.checked ? "on" : "off";
    if (input.tagName === "SELECT") return input.selectedOptions[0]?.textContent.trim() ?? "";
    return input.value.trim() || "empty";
  };
  const nameOf = (input) => input.labels?.[0]?.textContent.trim() ?? input.name;

  // <form data-changes>: lists what will be different once it is saved.
  for (const form of document.querySelectorAll("form[data-changes]")) {
    const list = form.querySelector(".changes");
    const inputs = [...form.elements].filter((input) => input.name && !["hidden", "submit"].includes(input.type));
    const before = new Map(inputs.map((input) => [input, shown(input)]));
    form.addEventListener("input", () => {
      list.replaceChildren(...inputs.filter((input) => shown(input) !== before.get(input)).map((input) => {
        const item = document.createElement("li");
        item.textContent = `${nameOf(input)}: ${before.get(input)} → ${shown(input)}`;
        return item;
      }));
    });
  }
})();
