// The search opens by its button or the slash key; script and index are fetched then, and once.
{
  const dialog = document.querySelector("[data-search]");
  let ready = null;
  const open = () => {
    if (dialog.open) return;
    dialog.showModal();
    ready ??= import(dialog.dataset.script).then((module) => module.start(dialog)).catch(() => {
      ready = null;
      dialog.querySelector("[role=status]").textContent = dialog.querySelector("[role=status]").dataset.away;
    });
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-search-open]")) open();
    else if (event.target === dialog) dialog.close();  // the shade around it
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select")) return;
    event.preventDefault();
    open();
  });
}

// Whoever is signed in is named: the portal's pages leave the name here, so that nobody has to be asked.
{
  const link = document.querySelector("[data-standing]");
  try {
    const name = localStorage.getItem("tonghao.name");
    if (name) Object.assign(link, { textContent: name, href: link.dataset.standing });
  } catch { /* a browser that keeps nothing shows the way in */ }
}

// The contents beside a page follow the reader.
{
  const links = new Map([...document.querySelectorAll(".toc a")].map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target.id);
    const first = [...links.keys()].find((id) => seen.has(id));
    if (!first) return;
    for (const [id, link] of links) link.toggleAttribute("aria-current", id === first);
  });
  for (const id of links.keys()) {
    const place = document.getElementById(decodeURIComponent(id));
    if (place) watch.observe(place);
  }
}

// Pages are counted, and a yes to "was this any help?", with nothing about who reads. Who asks not to be counted isn't.
{
  const page = document.querySelector("[data-helpful]");
  const tell = (said) => fetch("/portal/api/v1/read", {
    method: "POST", credentials: "omit", keepalive: true, body: new URLSearchParams({ page: page.dataset.helpful, said }),
  }).catch(() => null);
  const quiet = navigator.globalPrivacyControl || navigator.doNotTrack === "1" || navigator.webdriver;
  if (page && !quiet) addEventListener("load", () => tell("read"), { once: true });
  page?.querySelector("[data-yes]").addEventListener("click", async (event) => {
    event.preventDefault();
    const answer = await tell("yes");
    if (!answer?.ok) location.assign(event.target.href);
    page.hidden = true;
    document.querySelector("[data-thanks]").hidden = false;
  });
}

// The core pages can be read without a network.
if ("serviceWorker" in navigator && isSecureContext) addEventListener("load", () => navigator.serviceWorker.register("/offline.js"));

// The door's figures as the portal has them now. Where it can't be asked, what was built stands, with its date.
(async () => {
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
})();

// The ledger's books as of the last night, in the same way.
(async () => {
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
})();

// The rewards as the portal has them now: each card from the hidden one. Where it can't be asked, what was built stands.
(async () => {
  const shown = document.querySelector("[data-rewards-from]");
  if (!shown) return;
  try {
    const answer = await fetch(shown.dataset.rewardsFrom, { credentials: "omit" });
    if (!answer.ok) return;
    const { as_of, rewards } = await answer.json();
    const zh = document.documentElement.lang.startsWith("zh");
    const lang = zh ? "zh" : "en";
    const pattern = shown.querySelector("template").content.firstElementChild;
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
      if (one.image) {
        const alt = one.alt ? one.alt[lang] : "";
        card.prepend(Object.assign(document.createElement("img"), { className: "picture", src: one.image, alt }));
      }
      return card;
    });
    const list = shown.querySelector("[data-rewards]");
    list.replaceChildren(...cards);
    list.hidden = shown.querySelector("[data-rewards-date]").hidden = cards.length === 0;
    shown.querySelector("[data-rewards-none]").hidden = cards.length > 0;
    const date = new Intl.DateTimeFormat(zh ? "zh-Hans" : "en-GB", { dateStyle: "long", timeZone: "UTC" });
    shown.querySelector("[data-rewards-date] span").textContent = date.format(new Date(as_of));
  } catch { /* no portal, or one that says something else */ }
})();
