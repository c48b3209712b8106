"use strict";
/** Says that a newer version of the book has come to this device, for those who keep it there. */
(() => {
  const workers = navigator.serviceWorker;
  const make = (tag, about) => Object.assign(document.createElement(tag), about);
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", watch);
  else watch();

  async function watch() {
    const registration = await workers.getRegistration();
    if (registration?.waiting) offer(registration.waiting);
    registration?.addEventListener("updatefound", () => {
      const { installing } = registration;
      installing.onstatechange = () => installing.state === "installed" && offer(installing);
    });
  }

  /** @param {ServiceWorker} worker the version that has arrived beside the one that is read */
  function offer(worker) {
    workers.oncontrollerchange = () => location.reload();
    const bar = make("div", { className: "course-newer", role: "status" });
    const renew = make("button", { className: "btn btn-sm", textContent: "Read the newer one" });
    renew.onclick = () => worker.postMessage("use");
    bar.append("A newer version of this book is on this device. ", renew);
    document.querySelector("main")?.prepend(bar);
  }
})();
