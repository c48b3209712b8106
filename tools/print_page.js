/**
 * A page of the book made ready for paper, as text: make_pdf.py runs this in the open page.
 *
 * On paper nothing can be opened by a click, a canvas is a picture, and all pages of the book share
 * one document: so every id begins with the page's name, and every link follows.
 *
 * @param {{name: string, pages: string[]}} given this page and all that are printed, each as in
 *   “notebooks/03_sizes”
 */
async ({ name, pages }) => {
  const article = /** @type {HTMLElement} */ (document.querySelector(".bd-article"));
  const root = new URL("../".repeat(name.split("/").length - 1) || "./", location.href).href;
  const idOf = (page, id) => [page.replaceAll("/", "-"), ...(id ? [id] : [])].join("--");
  const all = (selector) => /** @type {HTMLElement[]} */ ([...article.querySelectorAll(selector)]);

  /** In words what a drawing on canvases shows: its grids with their numbers. */
  function inWords(drawing) {
    const grids = [...drawing.querySelectorAll("[role=grid]:not([hidden])")].map((grid) => {
      const rows = [...grid.querySelectorAll("[role=row]")].map((row) =>
        [...row.children].map((cell) => cell.dataset.text || "empty").join(" "),
      );
      return `${grid.getAttribute("aria-label")}: ${rows.join("; ")}.`;
    });
    return [`${drawing.getAttribute("aria-label")}.`, ...grids].join(" ");
  }

  /** Make a formula a picture with its TeX as its words; return these. */
  function told(formula) {
    const words = formula.math.trim().replace(/\s+/g, " ");
    const drawn = formula.typesetRoot;
    drawn.querySelector("mjx-assistive-mml")?.remove(); // no print shows it
    drawn.querySelector("mjx-math").removeAttribute("aria-hidden");
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", words);
    // a browser gives no tag to what a style sheet writes: each glyph becomes text of its own
    for (const glyph of drawn.querySelectorAll("mjx-c")) {
      const { content, display, width, padding } = getComputedStyle(glyph, "::before");
      const text = document.createElement("span");
      Object.assign(text.style, { display, width, padding });
      text.textContent = JSON.parse(content);
      glyph.replaceChildren(text);
      glyph.classList.add("printed");
    }
    return words;
  }

  for (const fold of all("details")) /** @type {HTMLDetailsElement} */ (fold).open = true;
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
  const said = new Set();
  /** What stands for a canvas: of those that make up a drawing the first one tells of it. */
  function altOf(canvas) {
    const drawing = canvas.closest(".cnn-drawing");
    if (!drawing) {
      const words = canvas.getAttribute("aria-label") ?? "";
      return words.replace(/(: drag it)?\. Arrow keys [^.]*\./, "."); // not on paper
    }
    if (said.has(drawing)) return "";
    said.add(drawing);
    return inWords(drawing);
  }

  const formulas = [...(globalThis.MathJax?.startup?.document?.math ?? [])].map(told);
  // the picture in it says what there is to see
  for (const figure of all("figure")) figure.setAttribute("role", "group");
  for (const canvas of /** @type {HTMLCanvasElement[]} */ (all("canvas"))) {
    const { width, height } = canvas.getBoundingClientRect();
    if (!width || !height) {
      canvas.remove();
      continue;
    }
    const image = document.createElement("img");
    image.src = canvas.toDataURL();
    image.alt = altOf(canvas);
    if (!image.alt) image.setAttribute("aria-hidden", "true");
    image.className = canvas.className;
    image.style.cssText = `${canvas.style.cssText}; width: ${width}px; height: ${height}px`;
    canvas.replaceWith(image);
  }
  for (const input of /** @type {HTMLInputElement[]} */ (all("input"))) {
    input.setAttribute("value", input.value); // what stands in a field is no part of its text
    input.toggleAttribute("checked", input.checked);
  }
  for (const option of /** @type {HTMLOptionElement[]} */ (all("option"))) {
    option.toggleAttribute("selected", option.selected);
  }
  // code that a page hides, as that of a question, which knows the answer, is left to the notebook
  const screenOnly =
    ".headerlink, .copybtn, script, .cnn-grid, .cnn-hint-chip, .above-input, .hide > summary";
  for (const one of all(screenOnly)) one.remove();
  for (const image of /** @type {HTMLImageElement[]} */ (all("img[src]"))) {
    image.src = String(image.src); // whole, for the document stands elsewhere
    image.removeAttribute("srcset");
  }

  for (const widget of all(".cnn-widget[data-key]")) widget.id ||= String(widget.dataset.key);
  const known = new Set(all("[id]").map((one) => one.id));
  for (const one of all("[id]")) one.id = idOf(name, one.id);
  for (const attribute of ["for", "aria-labelledby", "aria-describedby", "aria-controls"]) {
    for (const one of all(`[${attribute}]`)) {
      const ids = String(one.getAttribute(attribute)).split(" ");
      one.setAttribute(attribute, ids.map((id) => idOf(name, id)).join(" "));
    }
  }
  for (const link of /** @type {HTMLAnchorElement[]} */ (all("a[href]"))) {
    const { href } = link;
    if (!href.startsWith(root)) continue;
    const [path, hash = ""] = href.slice(root.length).split("#");
    const page = path.split("?")[0].replace(/\.html$/, "");
    // what follows a question mark is the state of a widget
    const id = decodeURIComponent(hash.split("?")[0]);
    if (pages.includes(page)) link.setAttribute("href", `#${idOf(page, id)}`);
    else link.removeAttribute("href");
  }
  const styles = [...document.styleSheets].filter(({ href }) => !href);
  return {
    id: idOf(name),
    formulas,
    html: article.innerHTML,
    ids: [...known].map((id) => idOf(name, id)),
    sheets: [...document.styleSheets].flatMap(({ href }) => href ?? []),
    styles: styles.map(({ cssRules }) => [...cssRules].map((rule) => rule.cssText)),
    title: all("h1")[0].textContent?.trim(),
    sections: all("h2").flatMap((heading) => {
      const { id } = heading.closest("section") ?? heading;
      return id ? [{ id, title: heading.textContent?.trim() }] : [];
    }),
  };
};
