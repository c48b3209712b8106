/** The outputs of a cell that ran on the page, in the book's own markup and classes. */

import { colourCode } from "./python-editor.js";

const WIDGET = "application/vnd.jupyter.widget-view+json";

/** @param {HTMLElement} cell of the page, whose printed output goes when the first new one comes */
export function createOutput(cell) {
  const made = element("div", "cell_output docutils container course-fresh");
  made.setAttribute("aria-live", "polite");
  let shown = false;
  /** What has a name, and may change. @type {Map<string, Element[]>} */
  const named = new Map();

  function replace() {
    if (shown) return;
    shown = true;
    const old = cell.querySelector(":scope > .cell_output, :scope > details > .cell_output");
    const folded = /** @type {HTMLDetailsElement|null} */ (old?.closest("details"));
    if (folded) folded.open = true;
    if (old) old.replaceWith(made);
    else cell.append(made);
  }

  /** Show a value, in the place of the last one if it is an update. */
  function put(output) {
    const fresh = rich(output);
    const name = output.transient?.display_id;
    if (output.output_type === "update_display_data") {
      const [first, ...others] = named.get(name) ?? [];
      for (const each of others) each.remove();
      first?.replaceWith(...fresh);
    } else made.append(...fresh);
    named.set(name, fresh);
  }

  return {
    /** @param {any} output of a notebook */
    add(output) {
      replace();
      if (output.output_type === "clear") made.replaceChildren();
      else if (output.output_type === "stream") addText(made, output);
      else if (output.output_type === "error") made.append(failure(output));
      else put(output);
    },
    /** The cell has ended: where it shows nothing, so does the page. */
    end: replace,
  };
}

/**
 * @param {string} tag
 * @param {string} [name] the class
 * @param {...(Node|string)} children
 */
function element(tag, name = "", ...children) {
  const made = document.createElement(tag);
  made.className = name;
  made.append(...children);
  return made;
}

/**
 * @param {string} name
 * @param {string} text
 */
function textBlock(name, text) {
  const pre = element("pre", "", text);
  pre.tabIndex = 0; // a wide one scrolls
  return element("div", `output ${name} notranslate`, element("div", "highlight", pre));
}

/**
 * What is printed joins what was printed before.
 * @param {HTMLElement} place
 * @param {{name: string, text: string}} output
 */
function addText(place, { name, text }) {
  const kind = name === "stderr" ? "stderr" : "stream";
  const last = place.lastElementChild;
  if (last?.classList.contains(kind)) last.querySelector("pre").append(text);
  else place.append(textBlock(kind, text));
}

/** @param {{words: string, line?: number, code?: string, cell?: number}} output */
function failure({ words, line, code, cell }) {
  const where = cell === undefined ? "" : "in a cell above, ";
  const place = line ? `${where}line ${line}: ${code.includes("\n") ? "\n" : ""}${code}\n` : "";
  return textBlock("course-error", `${place}${words}`);
}

/** @param {{data: any, metadata: any, widgets?: any, dark?: string}} output */
function rich({ data, metadata, widgets, dark }) {
  if (widgets) {
    const place = element("div");
    /** @type {any} */ (globalThis).cnnShowWidget(widgets, data[WIDGET].model_id, place);
    return [place];
  }
  if (data["text/html"]) {
    const made = element("div", "output text_html");
    made.innerHTML = data["text/html"];
    return [made];
  }
  for (const form of ["image/png", "image/svg+xml"]) {
    if (!data[form]) continue;
    const light = picture(form, data, metadata[form]);
    if (!dark) return [light];
    const other = picture(form, { ...data, [form]: dark }, metadata[form]);
    light.className = "only-light";
    other.className = "only-dark";
    return [light, other];
  }
  const code = data["text/markdown"]?.match(/^```python\n([\s\S]*)\n```$/);
  if (code) {
    const block = textBlock("highlight-python course-code", code[1]);
    colourCode(block.querySelector("pre"));
    return [block];
  }
  return [textBlock("text_plain", data["text/plain"])];
}

/**
 * @param {string} form
 * @param {any} data
 * @param {{alt?: string}} [told]
 */
function picture(form, data, told) {
  const made = document.createElement("img");
  made.src =
    form === "image/png"
      ? `data:${form};base64,${data[form].trim()}`
      : `data:${form},${encodeURIComponent(data[form])}`;
  made.alt = told?.alt ?? data["text/plain"];
  return made;
}
