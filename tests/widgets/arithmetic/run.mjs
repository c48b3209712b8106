/**
 * Calls functions of `js/arithmetic` for the comparisons, all in one process: reads
 * {modules: {name: path}, calls: [[module, function, arguments], …]} and writes {exports, results}.
 * What JSON lacks is written {"float32": […]}, {"float64": […]}, {"sets": [[…], …]},
 * {"function": "source"} or {"bytes": "base64"}, which becomes an ArrayBuffer. Of a generator the result is what it returns in the end.
 */

import { readFileSync } from "node:fs";

const revive = (_, value) => {
  if (value?.float32) return Float32Array.from(value.float32);
  if (value?.float64) return Float64Array.from(value.float64);
  if (value?.sets) return value.sets.map((units) => new Set(units));
  if (value?.bytes) return Uint8Array.from(atob(value.bytes), (byte) => byte.charCodeAt(0)).buffer;
  if (value?.function) return new Function(`return ${value.function}`)();
  return value;
};
const endOf = (value) => {
  if (typeof value?.next !== "function") return value;
  for (;;) {
    const { done, value: end } = value.next();
    if (done) return end;
  }
};
const plain = (_, value) => {
  if (value instanceof Set) return Array.from(value).sort((a, b) => a - b); // it has no order
  return ArrayBuffer.isView(value) ? Array.from(value) : value;
};

const { modules, calls } = JSON.parse(readFileSync(0, "utf8"), revive);
const loaded = {};
for (const [name, path] of Object.entries(modules)) loaded[name] = await import(path);
const isFunction = ([, value]) => typeof value === "function";
const exported = Object.entries(loaded).flatMap(([name, module]) =>
  Object.entries(module)
    .filter(isFunction)
    .map(([own]) => `${name}.${own}`),
);
const results = calls.map(([module, name, given]) => {
  try {
    return { value: endOf(loaded[module][name](...given)) };
  } catch (error) {
    return { error: String(error) };
  }
});
process.stdout.write(JSON.stringify({ exports: exported, results }, plain));
