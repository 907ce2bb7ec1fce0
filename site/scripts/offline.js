// The core pages without a network: fetched once the first page has loaded, renewed with each build of the site.
// Pages are asked of the network first, so nobody reads an old rule who could read the new one.
const KEPT = "tonghao-__VERSION__";
const CORE = __CORE__;

addEventListener("install", (event) => event.waitUntil(
  // Asked of the server itself: what the browser keeps for a minute may be the build before, and would stay.
  caches.open(KEPT).then((kept) => kept.addAll(CORE.map((url) => new Request(url, { cache: "reload" })))).then(() => skipWaiting()),
));

addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("tonghao-") && name !== KEPT) await caches.delete(name);
  await clients.claim();
})()));

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin || url.pathname.startsWith("/portal")) return;
  const kept = () => caches.match(event.request, { ignoreSearch: true });
  if (url.pathname.startsWith("/assets/")) event.respondWith(kept().then((found) => found ?? fetch(event.request)));
  else event.respondWith(fetch(event.request).catch(async (error) => {
    const found = await kept();
    if (found) return found;
    if (event.request.mode !== "navigate") throw error;
    return Response.redirect(url.pathname.startsWith("/zh/") ? "/zh/offline/" : "/offline/");
  }));
});
