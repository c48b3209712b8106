"use strict";
/**
 * Keeps the book on this device, for whoever presses the button on the page "How to use this book":
 * only then is a service worker registered (service-worker.js). From a folder there is none.
 */
(() => {
  const workers = navigator.serviceWorker;
  const place = document.querySelector("#keep-book");
  if (location.protocol === "file:" || !workers || !place) return; // the search page has all scripts
  const root = document.documentElement.dataset.content_root ?? "./";
  const said = element("p", { role: "status" });
  const address = new URL(root, location.href).href;
  const registered = () => workers.getRegistration(address);

  /** @param {string} tag @returns {any} */
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function button(text, act) {
    const made = element("button", { type: "button", class: "btn btn-sm" }, text);
    made.addEventListener("click", act);
    return made;
  }

  async function draw() {
    const kept = Boolean((await registered())?.active);
    // from book-files.js, which the build writes
    const megabytes = Math.ceil(globalThis.bookFiles.bytes / 1e6);
    const keepIt = button(`Keep this book on my device (${megabytes} MB)`, keep);
    place.replaceChildren(kept ? button("Forget the copy on this device", forget) : keepIt, said);
    if (kept && !said.textContent) said.textContent = "This book is kept on this device.";
  }

  async function keep({ target }) {
    target.disabled = true;
    said.textContent = "The book is on its way to this device.";
    try {
      const registration = await workers.register(`${root}service-worker.js`, {
        scope: address,
        updateViaCache: "none", // the list of files says what is new
      });
      await done(registration.installing ?? registration.waiting ?? registration.active);
      said.textContent = "Done: every page and widget works without a network now.";
    } catch {
      (await registered())?.unregister();
      said.textContent = "It could not be kept: the network or the room on this device ran out.";
    }
    draw();
  }

  /** @param {ServiceWorker} worker @returns {Promise<void>} when it has everything */
  function done(worker) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (worker.state === "activated") resolve();
        if (worker.state === "redundant") reject(new Error("not installed"));
      };
      worker.addEventListener("statechange", look);
      look();
    });
  }

  async function forget() {
    await (await registered())?.unregister();
    await caches.delete("cnnlib-book");
    said.textContent = "This device has forgotten the book.";
    draw();
  }

  draw();
})();
