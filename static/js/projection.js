// From one candidate to the next by the arrows; without this file the links do it.
const aller = (rel) => document.querySelector(`.projecteur [rel=${rel}]`)?.click();
addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.altKey || e.metaKey || e.target.closest("input, [tabindex='0']")) return; // typing, or a table that scrolls
  if (e.key === "ArrowRight" || e.key === "PageDown") aller("next");
  else if (e.key === "ArrowLeft" || e.key === "PageUp") aller("prev");
  else return;
  e.preventDefault();
});
