"use strict";
/** In the page of JupyterLite: says why Python cannot come, where the notebook itself is silent. */
(() => {
  const here = /** @type {HTMLScriptElement} */ (document.currentScript).src;

  /** @param {string} words */
  function say(words) {
    if (document.querySelector("#course-no-python")) return; // the first is the cause
    const line = document.createElement("p");
    line.setAttribute("role", "alert");
    line.id = "course-no-python";
    line.style.cssText =
      "position: fixed; z-index: 10000; inset: auto 0 0; margin: 0; padding: 0.7rem 1rem;" +
      "font: 1rem/1.4 sans-serif; background: #fff; color: #1b1f24; border-top: 4px solid #d55e00";
    line.textContent = words;
    document.body.append(line);
  }

  async function start() {
    if (location.protocol === "file:") {
      say("From a folder a browser runs no notebook. Open this site from a web address.");
      return;
    }
    const settings = new URL("python/settings.json", here);
    const { pyodide } = await (await fetch(settings)).json();
    const url = new URL(pyodide, settings);
    const why = await fetch(url).then(
      (answer) => (answer.ok ? "" : `the answer was ${answer.status}`),
      () => "it cannot be reached",
    );
    const from = url.origin === location.origin ? "this site" : url.host;
    if (why)
      say(
        `Python did not start: it comes from ${from}, and ${why}. No cell of this notebook runs.`,
      );
  }

  /** What the kernel meets at its start comes as a traceback that nobody takes. */
  addEventListener("unhandledrejection", ({ reason }) => {
    const words = String(reason?.message ?? reason).trim();
    if (!words.startsWith("Traceback")) return;
    const [last] = words.split("\n").slice(-1);
    say(`Python did not start, and no cell of this notebook runs. It says: ${last}`);
  });
  addEventListener("DOMContentLoaded", start);
})();
