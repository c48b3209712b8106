/**
 * Python (Pyodide) in a worker of the page; book/_python/page_kernel.py runs the cells.
 *
 * Messages from the page:
 *   {do: "start", pyodide, archives}  the address of pyodide.mjs; zip files with our Python, each
 *                                     {url, integrity}
 *   {do: "run", cells, at}            the code of all cells of the page, and which one to run
 * Messages to the page:
 *   {is: "step", words}               how the start, or a download for a cell, goes on
 *   {is: "ready"}                     Python has started
 *   {is: "began"}                     a cell begins: its packages are here
 *   {is: "above", cell, place, of}    a cell above that is needed begins, the place-th of so many
 *   {is: "output", output}            an output as in a notebook, see page_kernel.py
 *   {is: "done", ok, seconds, above, exercise?, verdict?}   the cell has ended
 *   {is: "failed", why}               Python itself did not start, or broke down
 */

/** Where our Python lies in Pyodide's own file system. */
const FOLDER = "/course";

/** @type {any} */ let python;
/** @type {any} */ let kernel;

const tell = (/** @type {object} */ message) => postMessage(message);

/** @param {{url: string, integrity: string}} archive */
async function bytes({ url, integrity }) {
  const answer = await fetch(url, { integrity });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.arrayBuffer();
}

/** @param {{pyodide: string, archives: {url: string, integrity: string}[]}} asked */
async function start({ pyodide, archives }) {
  const fetched = Promise.all(archives.map(bytes));
  const { loadPyodide } = await import(pyodide);
  python = await loadPyodide({
    indexURL: pyodide.replace(/[^/]*$/, ""),
    packages: ["numpy"], // nearly every cell needs it, and so it comes with the rest
    env: { MPLBACKEND: "agg", HOME: "/home/pyodide" },
  });
  for (const archive of await fetched) python.unpackArchive(archive, "zip", { extractDir: FOLDER });
  python.runPython(`import sys; sys.path.append("${FOLDER}")`);
  kernel = python
    .pyimport("page_kernel")
    .start((/** @type {string} */ text) => tell(JSON.parse(text)));
  tell({ is: "ready" });
}

/** @param {{cells: string[], at: number}} asked */
async function run({ cells, at }) {
  const request = JSON.stringify({ cells, at });
  const missing = JSON.parse(kernel.imports(request));
  if (missing.length) {
    tell({ is: "step", words: `Loading ${missing.join(", ")}…` });
    await python.loadPackagesFromImports(
      missing.map((/** @type {string} */ name) => `import ${name}`).join("\n"),
    );
  }
  tell({ is: "began" });
  tell({ is: "done", ...JSON.parse(kernel.run(request)) });
}

let line = Promise.resolve();

addEventListener("message", ({ data }) => {
  line = line
    .then(() => (data.do === "start" ? start(data) : run(data)))
    .catch((error) => tell({ is: "failed", why: String(error.message || error) }));
});
