// The search: every page's text is looked through for every word. Chinese is found as it stands or, failing that, by
// its pairs of characters; English by the beginnings of words, whatever ending they have.
const HAN = /\p{Script=Han}/u;
const PAGES = 20;
const PLACES = 3;

const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").normalize("NFKC").toLowerCase();

// "promises", "promised" and "promising" are looked for by "promis".
const stem = (word) => (word.length > 4 ? word.replace(/(?:ies|ied|ing|ed|es|s|y|e)$/, "") : word);

// Words that ask and name nothing; a query of nothing else keeps them.
const ASKING = new Set("a an and are can do does for how i in is it me my of on or the to what when where which who why with you your".split(" "));
const ASKED = /怎么办|怎么样|为什么|是什么|怎么|怎样|如何|什么|多少|可以|能不能|是不是|有没有|吗|呢|的/gu;

// What a query asks for: each term is a list of patterns, of which one or, for pairs, most must be found.
export function terms(query) {
  const all = folded(query).match(/\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}])+/gu) ?? [];
  const named = all.flatMap((part) => (HAN.test(part) ? part.replace(ASKED, " ").trim().split(/ +/) : [part]))
    .filter((part) => part && !ASKING.has(part));
  return (named.length ? named : all).map((part) => {
    if (!HAN.test(part)) return { whole: new RegExp(`(?<![\\p{Script=Latin}\\p{N}])${stem(part)}`, "gu"), pairs: [] };
    const letters = [...part];
    const pairs = letters.length > 2 ? letters.slice(1).map((letter, place) => letters[place] + letter) : [];
    return { whole: new RegExp(part, "gu"), pairs: pairs.map((pair) => new RegExp(pair, "gu")) };
  });
}

const count = (text, pattern) => (text.match(pattern) ?? []).length;

// How well a text answers a term, from 0; `least`: how much of it must be there.
function weigh(text, term, least = 0.6) {
  const found = count(text, term.whole);
  if (found) return 1 + Math.log(found);
  const there = term.pairs.filter((pair) => count(text, pair)).length / term.pairs.length;
  return there >= least ? there / 2 : 0;
}

function weighed(page, asked) {
  const places = page.places.map((place) => {
    const each = asked.map((term) => weigh(place.title, term) * 4 + weigh(place.text, term));
    return { ...place, each, weight: each.reduce((sum, one) => sum + one, 0) };
  });
  const names = asked.map((term) => weigh(page.title, term, 0.3) * 8);
  const covered = asked.every((_, at) => names[at] || places.some((place) => place.each[at]));
  const best = places.filter((place) => place.weight).sort((one, other) => other.weight - one.weight);
  return { page, places: best, covered, weight: names.reduce((sum, one) => sum + one, 0) + (best[0]?.weight ?? 0) };
}

// The pages that answer, the best first: those with all words or, where no page has, those with some.
export function find(index, query) {
  const asked = terms(query);
  if (!asked.length) return [];
  const found = index.map((page) => weighed(page, asked)).filter((one) => one.weight);
  const whole = found.filter((one) => one.covered);
  return (whole.length ? whole : found).sort((one, other) => other.weight - one.weight).slice(0, PAGES);
}

// A piece of a text around the first hit, in pieces of which every other one is a hit.
export function excerpt(text, asked) {
  const plain = folded(text);
  const around = HAN.test(text) ? 28 : 60;
  if (plain.length !== text.length) return [text.slice(0, 2 * around)];
  const hits = asked.flatMap((term) => [term.whole, ...term.pairs]).flatMap((pattern) => [...plain.matchAll(pattern)])
    .map((hit) => {
      const beyond = HAN.test(hit[0]) ? null : /^[\p{L}\p{N}]*/u.exec(plain.slice(hit.index + hit[0].length));
      return [hit.index, hit.index + hit[0].length + (beyond?.[0].length ?? 0)];
    }).sort(([one], [other]) => one - other);
  if (!hits.length) return [text.slice(0, 2 * around)];
  const from = Math.max(0, hits[0][0] - around);
  const limit = Math.min(text.length, from + 3 * around);
  const to = limit < text.length && !HAN.test(text) ? Math.max(text.lastIndexOf(" ", limit), hits[0][1]) : limit;
  const pieces = [from ? "… " : ""];
  let at = from;
  for (const [begin, end] of hits) {
    if (begin < at || end > to) continue;
    pieces[pieces.length - 1] += text.slice(at, begin);
    pieces.push(text.slice(begin, end), "");
    at = end;
  }
  pieces[pieces.length - 1] += text.slice(at, to) + (to < text.length ? " …" : "");
  return pieces;
}

function link(href, title, text, asked) {
  const anchor = document.createElement("a");
  anchor.href = href;
  const name = document.createElement("strong");
  name.textContent = title;
  const said = document.createElement("span");
  excerpt(text, asked).forEach((piece, place) => {
    const part = place % 2 ? document.createElement("mark") : document.createTextNode("");
    part.textContent = piece;
    said.append(part);
  });
  anchor.append(name, said);
  return anchor;
}

function shown(result, asked, home) {
  const item = document.createElement("li");
  const [first] = result.places;
  item.append(link(home + result.page.url, result.page.name, (first?.id ? result.page.about : first?.said) ?? result.page.about, asked));
  for (const place of result.places.filter((one) => one.id).slice(0, PLACES)) {
    item.append(link(`${home}${result.page.url}#${place.id}`, place.name, place.said, asked));
  }
  return item;
}

// What was fetched, with a folded copy of each text to look through.
export const read = (pages) => pages.map(([url, name, about, places]) => ({
  url, name, about, title: folded(name),
  places: places.map(([id, heading, said]) => ({ id, name: heading, said, title: folded(heading), text: folded(said) })),
}));

export async function start(dialog) {
  const answer = await fetch(dialog.dataset.index, { credentials: "omit" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const index = read(await answer.json());
  const input = dialog.querySelector("input");
  const told = dialog.querySelector("[role=status]");
  const list = dialog.querySelector("ol");
  const hint = told.textContent;
  const look = () => {
    const asked = terms(input.value);
    const found = find(index, input.value);
    list.replaceChildren(...found.map((result) => shown(result, asked, dialog.dataset.home)));
    list.scrollTop = 0;
    told.textContent = !asked.length ? hint : !found.length ? told.dataset.none
      : found.length === 1 ? told.dataset.one : told.dataset.many.replace("[n]", found.length);
  };
  input.addEventListener("input", look);
  dialog.querySelector("form").addEventListener("submit", (event) => {
    if (event.submitter?.value === "close") return;
    event.preventDefault();
    list.querySelector("a")?.click();
  });
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const stops = [input, ...list.querySelectorAll("a")];
    stops[Math.min(stops.length - 1, Math.max(0, stops.indexOf(document.activeElement) + step))].focus();
  });
  list.addEventListener("click", (event) => event.target.closest("a") && dialog.close());
  look();
}
