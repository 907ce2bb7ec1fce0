// What the generator's script expects to find (in its own pages these stand inline), and the buttons of the search.
// One scope for each language, whatever the page's depth.
var __md_scope = new URL(document.documentElement.lang.startsWith("zh") ? "/zh/" : "/", location);
var __md_hash = (text) => [...text].reduce((hash, char) => (hash << 5) - hash + char.charCodeAt(0), 0);
var __md_get = (key, store = localStorage, scope = __md_scope) => JSON.parse(store.getItem(`${scope.pathname}.${key}`));
var __md_set = (key, value, store = localStorage, scope = __md_scope) => {
  try { store.setItem(`${scope.pathname}.${key}`, JSON.stringify(value)); } catch { /* a full or closed store */ }
};

// The search opens by its buttons or the slash key, takes the focus, and gives it back.
document.addEventListener("DOMContentLoaded", () => {
  const toggle = document.getElementById("__search");
  const query = document.querySelector("[data-md-component=search-query]");
  let before = null;
  const open = () => {
    before = document.activeElement;
    if (!toggle.checked) toggle.click();
    query.focus();
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-search-open]")) open();
    else if (event.target.closest("[data-search-close]") && toggle.checked) toggle.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    open();
  });
  // The generator listens for keys only; pasting, dictating and some keyboards send none.
  query.addEventListener("input", () => query.dispatchEvent(new Event("keyup")));
  toggle.addEventListener("change", () => {
    if (!toggle.checked) before?.focus();
  });
});
