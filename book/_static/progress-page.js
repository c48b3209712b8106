"use strict";
/**
 * The page "What you have done": which questions are due again, what is solved of each chapter; to a
 * file, from a file, forgotten.
 */
(() => {
  const place = document.querySelector("#progress");
  if (!place) return;
  const progress = globalThis.cnnProgress;
  /** @type {[string, {title: string, tasks: string[]}][]} by a chapter's page */
  const chapters = Object.entries(globalThis.courseWork ?? {});
  const words = element("p", { role: "status" });
  const due = element("div", {});
  const table = element("div", {});
  const name = element("input", { type: "text", id: "progress-name", autocomplete: "name" });
  const file = element("input", { type: "file", id: "progress-file", accept: ".json" });
  place.replaceChildren(
    due,
    table,
    element("p", {}, label(name, "Your name, if you hand the file in"), " ", name, " ", save()),
    element("p", {}, label(file, "Add what a file holds"), " ", file),
    element("p", {}, button("Forget all that I have done", forget)),
    words,
  );
  file.addEventListener("change", open);
  progress.onChange(draw);
  draw();

  /** @param {string} tag @returns {any} */
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function label(input, text) {
    return element("label", { for: input.id }, text);
  }

  function button(text, act) {
    const made = element("button", { type: "button", class: "btn btn-sm" }, text);
    made.addEventListener("click", act);
    return made;
  }

  /** Lists the questions that are due; a link leads to the question, which then has new numbers. */
  function drawDue() {
    const rows = chapters.flatMap(([page, { title, tasks }]) => {
      const keys = tasks.filter(progress.due);
      if (!keys.length) return [];
      const links = keys.map((key) =>
        element(
          "a",
          { href: `../${page}#${key}?` },
          `question ${questions(tasks).indexOf(key) + 1}`,
        ),
      );
      const separated = links.flatMap((link, at) => (at ? [", ", link] : [link]));
      return [element("li", {}, `${title}: `, ...separated)];
    });
    due.hidden = !rows.length;
    const said = "Due again, with other numbers where a question has some:";
    due.replaceChildren(element("p", {}, said), element("ul", {}, ...rows));
  }

  /** @param {string[]} tasks */
  function questions(tasks) {
    return tasks.filter((name) => !name.includes("/"));
  }

  function draw() {
    drawDue();
    const rows = chapters.map(([page, { title, tasks }]) => {
      const done = tasks.filter(progress.solved).length;
      const link = element("a", { href: `../${page}` }, title);
      const count = `${done} of ${tasks.length}${done === tasks.length ? " ✓" : ""}`;
      return element("tr", {}, element("td", {}, link), element("td", {}, count));
    });
    const head = element(
      "tr",
      {},
      element("th", { scope: "col" }, "Chapter"),
      element("th", { scope: "col" }, "Solved"),
    );
    const [top, body] = [element("thead", {}, head), element("tbody", {}, ...rows)];
    table.replaceChildren(element("table", { class: "table" }, top, body));
  }

  function save() {
    return button("Save to a file", () => {
      const content = {
        course: "cnnlib",
        format: 1,
        name: name.value.trim(),
        answers: progress.all(),
      };
      const url = URL.createObjectURL(
        new Blob([JSON.stringify(content, null, 1)], { type: "application/json" }),
      );
      const plain = content.name.replace(/[^\p{L}\p{N}]+/gu, "-") || "progress";
      element("a", { href: url, download: `${plain}.json` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
      words.textContent = `Saved as ${plain}.json.`;
    });
  }

  async function open() {
    const chosen = file.files[0];
    if (!chosen) return;
    try {
      const content = JSON.parse(await chosen.text());
      if (content?.course !== "cnnlib" || content.format !== 1) throw new Error("another file");
      words.textContent = `Added: ${progress.merge(content.answers)} questions and exercises.`;
    } catch {
      words.textContent = `${chosen.name} is not a file that this page saved. Nothing has changed.`;
    }
    file.value = "";
  }

  function forget() {
    if (!confirm("Forget everything that you have solved in this browser?")) return;
    progress.forget();
    words.textContent = "This browser has forgotten what you have done.";
  }
})();
