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
    if (url.protocol !== "https:") throw new Error(`${what} must start with https://`);
    if (url.username || url.password) {
      throw new Error(`${what} holds a name or a password, which every learner would read.`);
    }
    return url;
  }

  /** Where a hub begins, from the address of any of its pages. @param {URL} url */
  function hubOf({ origin, pathname }) {
    return origin + pathname.replace(/\/(hub|user)(\/.*)?$/, "").replace(/\/+$/, "");
  }

  /** A repository, and the branch if the address names one, as “…/tree/main” does. @param {URL} url */
  function repositoryOf({ origin, pathname }) {
    const [, own, branch] = /** @type {RegExpExecArray} */ (
      /^(.*?)(?:\/(?:-\/)?(?:tree|blob)\/([^/]+).*)?\/*$/.exec(pathname)
    );
    const name = own.replace(/\/+$/, "").replace(/\.git$/, "");
    if (!/^\/[^/]+\/[^/]/.test(name)) {
      throw new Error("The address of the notebooks names no repository: https://host/owner/name");
    }
    return { source: origin + name, branch };
  }

  function link({ hub, repo, branch, path }) {
    const place = hubOf(address(hub, "The address of the hub"));
    const named = repositoryOf(address(repo, "The address of the notebooks"));
    const { source } = named;
    const folder = source.split("/").pop();
    const query = new URLSearchParams({
      repo: source,
      branch: branch.trim() || named.branch || "main",
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
