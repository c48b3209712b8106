/** Small helpers to build HTML and SVG. Text is only ever set as text, never as HTML. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an HTML element.
 * @param {string} tag
 * @param {Record<string, any>} [attributes] `onclick` and the like are listeners
 * @param {...(Node|string)} children
 * @returns {HTMLElement}
 */
export function html(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

/**
 * Make an SVG element.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node|string)} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

/** @template {Element} E @param {E} element @returns {E} */
function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else setAttribute(element, name, value);
  }
  element.append(...children);
  return element;
}

/**
 * Set an attribute, or take it away with null or false. Writes only what changes: a redraw of
 * a thousand cells is fast because most of them stay as they are.
 * @param {Element} element
 * @param {string} name
 * @param {string|number|boolean|null} value
 */
export function setAttribute(element, name, value) {
  if (value === null || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else {
    const text = value === true ? "" : String(value);
    if (element.getAttribute(name) !== text) element.setAttribute(name, text);
  }
}

/**
 * Set an element's text where it differs.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Set the text of each child, and make or drop children where their number changes.
 * @param {Element} element
 * @param {string} tag what a child is
 * @param {[string, string][]} children class and text of each
 */
export function setChildren(element, tag, children) {
  while (element.childElementCount > children.length) element.lastElementChild?.remove();
  while (element.childElementCount < children.length) element.append(html(tag));
  children.forEach(([name, text], at) => {
    const child = element.children[at];
    setAttribute(child, "class", name);
    setText(child, text);
  });
}

/**
 * Give an element these children. Those that it has take over what differs in text and class: so
 * they keep their focus, and what did not change is not laid out again. Of attributes only class
 * and style may differ among children of one tag.
 * @param {Element} element
 * @param {(Node|string)[]} parts
 */
export function setParts(element, parts) {
  const old = [...element.childNodes];
  parts.forEach((part, at) => {
    const [now, fresh] = [old[at], typeof part === "string" ? new Text(part) : part];
    if (now?.nodeName !== fresh.nodeName) now ? now.replaceWith(fresh) : element.append(fresh);
    else if (fresh instanceof Element) {
      for (const name of ["class", "style"]) {
        setAttribute(/** @type {Element} */ (now), name, fresh.getAttribute(name));
      }
      setParts(/** @type {Element} */ (now), [...fresh.childNodes]);
    } else if (now.nodeValue !== fresh.nodeValue) now.nodeValue = fresh.nodeValue;
  });
  for (const spare of old.slice(parts.length)) spare.remove();
}

/**
 * An id that no other element of the page has. The count is the page's: each joined module has a
 * copy of this one, and two widgets with the same id would share one label.
 * @param {string} stem
 */
export function uniqueId(stem) {
  globalThis.cnnIds = (globalThis.cnnIds ?? 0) + 1;
  return `cnn-${stem}-${globalThis.cnnIds}`;
}

/**
 * Keep the arrow keys and letters that are typed inside `root` from JupyterLab, which has
 * shortcuts on them. It looks for this attribute on the focused element itself.
 * @param {HTMLElement} root
 */
export function keepKeys(root) {
  root.addEventListener("focusin", ({ target }) => {
    /** @type {Element} */ (target).setAttribute("data-lm-suppress-shortcuts", "true");
  });
}

/**
 * Row and column of the cell of a canvas that a pointer is on; outside, the nearest one.
 * @param {Element} canvas
 * @param {MouseEvent} event
 * @param {number} rows
 * @param {number} columns
 * @returns {[number, number]}
 */
export function cellUnder(canvas, event, rows, columns) {
  const box = canvas.getBoundingClientRect();
  const at = (place, start, size, count) =>
    Math.max(0, Math.min(count - 1, Math.floor(((place - start) / size) * count)));
  return [
    at(event.clientY, box.top, box.height, rows),
    at(event.clientX, box.left, box.width, columns),
  ];
}
