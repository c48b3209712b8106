/** The Python that gives what a widget shows: arrays as NumPy writes them, and calls of cnnlib. */

/** Rows of numbers as Python writes them. @param {number[][]} values */
export function pythonRows(values) {
  return `[\n${values.map((row) => `    [${row.join(", ")}],`).join("\n")}\n]`;
}

/**
 * A line that makes an array of two axes or more.
 * @param {string} name
 * @param {any[]} values rows of numbers, or rows of rows
 */
export function pythonArray(name, values) {
  return `${name} = np.array(${nested(values)})`;
}

function nested(values) {
  if (!Array.isArray(values[0]?.[0])) return pythonRows(values);
  const inner = values.map((part) => `    ${nested(part).replaceAll("\n", "\n    ")},`);
  return `[\n${inner.join("\n")}\n]`;
}

/** The same for PyTorch. @param {string} name @param {any[]} values @param {string} [more] */
export function torchTensor(name, values, more = "") {
  return `${name} = torch.tensor(${nested(values)}, dtype=torch.float64${more})`;
}

/** The block of code for PyTorch. @param {...string} lines @returns {[string, string]} */
export function torchCode(...lines) {
  return ["PyTorch", `import torch\nimport torch.nn.functional as F\n\n${lines.join("\n")}`];
}

/**
 * The block of code that stands under a widget.
 * @param {...string} lines
 * @returns {[string, string]}
 */
export function cnnlibCode(...lines) {
  const numpy = lines.some((line) => line.includes("np.")) ? "import numpy as np\n" : "";
  return ["cnnlib", `${numpy}import cnnlib\n\n${lines.join("\n")}`];
}
