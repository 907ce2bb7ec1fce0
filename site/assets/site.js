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

// The door's figures as the portal has them now. Where it can't be asked, what was built stands, with its date.
document.addEventListener("DOMContentLoaded", async () => {
  const door = document.querySelector("[data-door-from]");
  if (!door) return;
  try {
    const answer = await fetch(door.dataset.doorFrom, { credentials: "omit" });
    if (!answer.ok) return;
    const { capacity, left, waiting, decisions, half_within_hours: half, most_within_hours: most, as_of } = await answer.json();
    const lang = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
    const told = (count, unit) => new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long" }).format(count);
    const span = (hours) => hours === null ? "" : hours < 48 ? told(hours, "hour") : told(Math.ceil(hours / 24), "day");
    const date = new Intl.DateTimeFormat(lang, { dateStyle: "long", timeZone: "UTC" }).format(new Date(as_of));
    const says = { capacity, left, decisions, half: span(half), most: span(most), date };
    const holds = { places: left !== null, pace: half !== null, line: left !== null && (waiting || left === 0) };
    for (const place of door.querySelectorAll("[data-door]")) place.textContent = says[place.dataset.door];
    for (const part of door.querySelectorAll("[data-door-if]")) part.hidden = !holds[part.dataset.doorIf];
    door.hidden = !holds.places && !holds.pace;
  } catch { /* no portal, or one that says something else */ }
});

// The ledger's books as of the last night, in the same way.
document.addEventListener("DOMContentLoaded", async () => {
  const sheet = document.querySelector("[data-ledger-from]");
  if (!sheet) return;
  try {
    const answer = await fetch(sheet.dataset.ledgerFrom, { credentials: "omit" });
    const books = answer.ok ? await answer.json() : null;
    if (!books || typeof books.root !== "string" || !books.of_day) return;
    const lang = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;
    const date = new Intl.DateTimeFormat(lang, { dateStyle: "long", timeZone: "UTC" }).format(new Date(books.as_of));
    const says = { ...books, date, short: books.root.slice(0, 16) };
    for (const [name, points] of Object.entries(books.of_day)) says[`of_day.${name}`] = points;
    for (const place of sheet.querySelectorAll("[data-ledger]")) place.textContent = says[place.dataset.ledger];
    sheet.hidden = false;
    document.querySelector("[data-ledger-none]")?.remove();
  } catch { /* no portal, or one that says something else */ }
});

// The rewards as the portal has them now: each card from the hidden one. Where it can't be asked, what was built stands.
document.addEventListener("DOMContentLoaded", async () => {
  const shown = document.querySelector("[data-rewards-from]");
  if (!shown) return;
  try {
    const answer = await fetch(shown.dataset.rewardsFrom, { credentials: "omit" });
    if (!answer.ok) return;
    const { as_of, rewards } = await answer.json();
    const zh = document.documentElement.lang.startsWith("zh");
    const lang = zh ? "zh" : "en";
    const pattern = shown.querySelector("[data-reward]");
    const zone = shown.dataset.zone;
    const told = (text) => new Intl.DateTimeFormat(zh ? "zh-Hans" : "en-GB", { dateStyle: "long", timeStyle: "short", timeZone: zone }).format(new Date(text));
    const cards = rewards.map((one) => {
      const card = pattern.cloneNode(true);
      const says = (name, value) => {
        const part = card.querySelector(`[data-${name}]`);
        part.hidden = value === null || value === false;
        const place = part.querySelector("b");
        if (place) place.textContent = value;
      };
      delete card.dataset.reward;
      card.hidden = false;
      card.querySelector("h2").textContent = one.title[lang];
      card.querySelector("[data-about]").textContent = one.about[lang];
      card.querySelector("[data-price]").textContent = one.price;
      says("left", one.left || null);
      says("gone", one.left === 0);
      says("tier", one.tier && one.tier[lang]);
      says("tenure", one.tenure);
      for (const period of ["ever", "year", "month"]) says(`limit-${period}`, one.period === period ? one.limit : null);
      says("opens", one.opens && told(one.opens));
      says("closes", one.closes && told(one.closes));
      const picture = card.querySelector("img");
      if (one.image) Object.assign(picture, { src: one.image, alt: one.alt ? one.alt[lang] : "", hidden: false });
      else picture.remove();
      return card;
    });
    const list = shown.querySelector("[data-rewards]");
    list.replaceChildren(pattern, ...cards);
    list.hidden = shown.querySelector("[data-rewards-date]").hidden = cards.length === 0;
    shown.querySelector("[data-rewards-none]").hidden = cards.length > 0;
    const date = new Intl.DateTimeFormat(zh ? "zh-Hans" : "en-GB", { dateStyle: "long", timeZone: "UTC" });
    shown.querySelector("[data-rewards-date] span").textContent = date.format(new Date(as_of));
  } catch { /* no portal, or one that says something else */ }
});
