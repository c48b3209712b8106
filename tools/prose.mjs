/**
 * Read texts as JSON, {name: markdown}, and write what Harper finds: [name, rule, text, context,
 * message] each. Called by tools/check_prose.py; Harper runs here, offline, in WebAssembly.
 */

import { readFileSync } from "node:fs";
import { Dialect, LocalLinter } from "harper.js";
import { binary } from "harper.js/binary";

const { texts, off, words } = JSON.parse(readFileSync(0, "utf8"));
const linter = new LocalLinter({ binary, dialect: Dialect.British });
const rules = await linter.getDefaultLintConfig();
const unknown = off.filter((rule) => !(rule in rules));
if (unknown.length) throw new Error(`Harper has no rule ${unknown.join(", ")}`);
await linter.setLintConfig({ ...rules, ...Object.fromEntries(off.map((rule) => [rule, false])) });
await linter.importWords(words);
const found = [];
for (const [name, text] of Object.entries(texts)) {
  const letters = [...text]; // Harper counts code points
  for (const [rule, lints] of Object.entries(await linter.organizedLints(text))) {
    for (const lint of lints) {
      const { start, end } = lint.span();
      const context = letters.slice(Math.max(0, start - 40), end + 40).join("");
      found.push([name, rule, lint.get_problem_text(), context, lint.message()]);
    }
  }
}
process.stdout.write(JSON.stringify(found));
