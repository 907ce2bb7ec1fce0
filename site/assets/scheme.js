// Loaded before the first paint by the site and the portal: the reader's choice of colours, kept under one key.
// Nothing is stored until a choice is made; until then the system decides (tokens.css).
(() => {
  const KEY = "tonghao.scheme";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.mdColorScheme ?? (dark.matches ? "slate" : "default")) === "slate";
  const tellButtons = () => {
    for (const button of document.querySelectorAll("[data-scheme-toggle]")) button.setAttribute("aria-pressed", isDark());
  };
  root.classList.add("js");
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === "slate" || kept === "default") root.dataset.mdColorScheme = kept;
  } catch { /* a browser that keeps nothing still follows the system */ }
  document.addEventListener("DOMContentLoaded", tellButtons);
  dark.addEventListener("change", tellButtons);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-scheme-toggle]")) return;
    root.dataset.mdColorScheme = isDark() ? "default" : "slate";
    tellButtons();
    try { localStorage.setItem(KEY, root.dataset.mdColorScheme); } catch { /* the choice then lasts for this page */ }
  });
})();
