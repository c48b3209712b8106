"use strict";
/**
 * The form on the page for teachers: makes the link that puts a chapter before each learner.
 *
 * The link is that of nbgitpuller: the hub fetches the notebooks into the learner's folder, keeps
 * what the learner changed, and opens the chapter.
 */
(() => {
  const form = /** @type {HTMLFormElement|null} */ (document.querySelector("#class-link"));
  if (!form) return;
  const result = form.querySelector("output");

  /** The address that somebody typed, or an error that says what is wrong with it. */
  function address(text, what) {
    if (!text.trim()) throw new Error(`${what} is missing.`);
    let url;
    try {
      url = new URL(text.trim());
    } catch {
      throw new Error(`${what} is no address: “${text}”. It starts with https://`);
    }
    if (!/^https?:$/.test(url.protocol)) throw new Error(`${what} must start with https://`);
    return url.href.replace(/\/+$/, "");
  }

  function link({ hub, repo, branch, path }) {
    const place = address(hub, "The address of the hub");
    const source = address(repo, "The address of the notebooks").replace(/\.git$/, "");
    const folder = source.split("/").pop();
    const query = new URLSearchParams({
      repo: source,
      branch: branch.trim() || "main",
      urlpath: `lab/tree/${folder}/${path}`,
    });
    return `${place}/hub/user-redirect/git-pull?${query}`;
  }

  function update() {
    const said = new FormData(form);
    const text = (name) => String(said.get(name) ?? "");
    result.replaceChildren();
    try {
      const made = document.createElement("a");
      made.href = made.textContent = link({
        hub: text("hub"),
        repo: text("repo"),
        branch: text("branch"),
        path: text("path"),
      });
      result.append(made);
    } catch (error) {
      result.append(error.message);
    }
  }

  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  update();
})();
