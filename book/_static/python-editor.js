/**
 * An editor for the code of a cell, by the package prism-code-editor (book/_ext/run_cells.py puts
 * it beside the page). Tab indents; Escape leaves the text, and Tab then goes on from there;
 * Ctrl-Enter runs.
 */

const PACKAGE = new URL("python/editor/", import.meta.url);
const MODULES = [
  "index.js",
  "extensions/commands/index.js",
  "prism/index.js",
  "prism/languages/python.js",
  "languages/python.js",
];

/** @type {Promise<any[]>|undefined} */ let loaded;

function load() {
  loaded ??= (async () => {
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = new URL("layout.css", PACKAGE).href;
    const styled = new Promise((done) => {
      style.onload = style.onerror = done;
    });
    document.head.append(style);
    const modules = await Promise.all(MODULES.map((name) => import(new URL(name, PACKAGE).href)));
    await styled;
    return modules;
  })();
  return loaded;
}

/**
 * Colour Python code that is shown, as the editor does.
 * @param {HTMLElement} place whose text it is
 */
export async function colourCode(place) {
  const [, , { highlightText, languages }] = await load();
  place.innerHTML = highlightText(place.textContent, languages.python);
}

/**
 * Put an editor in the place of printed code.
 * @param {HTMLElement} printed
 * @param {string} text
 * @param {{label: string, onRun: () => void, onChange: (text: string) => void}} options
 */
export async function createEditor(printed, text, { label, onRun, onChange }) {
  const [{ createEditor: create }, commands] = await load();
  const box = document.createElement("div");
  box.className = "course-editor course-code highlight";
  const editor = create(
    box,
    { language: "python", value: text, tabSize: 4, insertSpaces: true, lineNumbers: true },
    commands.editorCommands(commands.defaultKeymap),
    commands.editHistory(),
  );
  editor.textarea.setAttribute("aria-label", `Code. ${label}`);
  editor.textarea.setAttribute("aria-description", "Escape, then Tab leaves. Ctrl-Enter runs.");
  box.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.shiftKey)) {
        event.preventDefault();
        event.stopPropagation();
        onRun();
      }
    },
    { capture: true },
  );
  editor.options.onUpdate = onChange;
  printed.replaceWith(box);
  editor.textarea.focus({ preventScroll: true });
  return {
    text: () => editor.value,
    /** @param {string} value */
    set(value) {
      editor.textarea.focus({ preventScroll: true });
      editor.setOptions({ value });
      onChange(value);
    },
  };
}
