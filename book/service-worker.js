"use strict";
/**
 * Serves the book from this device. Each file is kept under its address and digest, so a newer
 * version fetches only what has changed, and no page mixes two versions.
 */
importScripts("_static/book-files.js");
const { files } = self.bookFiles;
const CACHE = "cnnlib-book";
/** Files that are fetched at the same time. */
const AT_ONCE = 8;
const here = self.registration.scope;
const keyOf = (path) => new URL(`${path}?${files[path]}`, here).href;

async function fetchAll() {
  const cache = await caches.open(CACHE);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  const missing = Object.keys(files).filter((path) => !kept.has(keyOf(path)));
  const work = async () => {
    for (let path = missing.pop(); path !== undefined; path = missing.pop()) {
      const answer = await fetch(new URL(path, here), { cache: "no-cache" });
      if (!answer.ok) throw new Error(`${answer.status} for ${path}`);
      await cache.put(keyOf(path), answer);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function dropTheRest() {
  const cache = await caches.open(CACHE);
  const wanted = new Set(Object.keys(files).map(keyOf));
  const spare = (await cache.keys()).filter(({ url }) => !wanted.has(url));
  await Promise.all(spare.map((key) => cache.delete(key)));
  await self.clients.claim();
}

self.addEventListener("install", (event) => event.waitUntil(fetchAll()));
self.addEventListener("activate", (event) => event.waitUntil(dropTheRest()));
self.addEventListener("message", ({ data }) => data === "use" && self.skipWaiting());
self.addEventListener("fetch", (event) => {
  const address = event.request.url.split(/[?#]/)[0];
  if (event.request.method !== "GET" || !address.startsWith(here)) return;
  const path = decodeURI(address.slice(here.length)).replace(/(^|\/)$/, "$1index.html");
  if (!(path in files)) return;
  const kept = caches.match(keyOf(path));
  event.respondWith(kept.then((found) => found ?? fetch(event.request)));
});
