"""The check of a page, as its JavaScript has to do it: from `for_page` alone, without NumPy."""

import base64
import json
import re
from itertools import cycle

ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"]
NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
FRACTION = f"{NUMBER}(?:/{NUMBER})?"


def unseal(sealed):
    mixed = base64.b64decode(sealed)
    return json.loads(bytes(a ^ b for a, b in zip(mixed, cycle(b"cnnlib"), strict=False)).decode())


def read(text, single):
    text = re.sub("[\u00a0\u2009\u202f]", " ", text).replace("−", "-").strip()
    if single and re.fullmatch(r"[+-]?\d{1,3}([ ,]\d{3})+(\.\d+)?", text):
        text = re.sub("[ ,]", "", text)
    elif single and re.fullmatch(r"[+-]?\d+,\d+", text):
        text = text.replace(",", ".")
    if re.search(r"[()\[\]]", text):
        return nested(text.replace("(", "[").replace(")", "]"))
    rows = [[word for word in re.split(r"[,\s]+", row) if word] for row in re.split("[;\n]", text)]
    lists = ["[" + ",".join(row) + "]" for row in rows]
    if len(rows) > 1:
        return nested("[" + ",".join(lists) + "]")
    return nested(lists[0] if len(rows[0]) > 1 else rows[0][0])


def nested(text):
    tokens = re.findall(rf"{FRACTION}|\S", text)
    for at, token in enumerate(tokens):
        if re.fullmatch(FRACTION, token):
            above, _, below = token.partition("/")
            if below and float(below) == 0:
                return None
            tokens[at] = repr(float(above) / float(below or 1))
        elif token not in "[],":
            return None
    try:
        value = json.loads(" ".join(tokens).replace(", ]", "]"))
    except ValueError:
        return None
    shape = shape_of(value)
    fine = shape is not None and flat(value) and all(abs(x) <= 1e15 for x in flat(value))
    return (shape, flat(value)) if fine else None


def shape_of(value):
    if not isinstance(value, list):
        return []
    shapes = [shape_of(cell) for cell in value]
    if not shapes or None in shapes or any(shape != shapes[0] for shape in shapes):
        return None
    return [len(value), *shapes[0]]


def flat(value):
    return [x for cell in value for x in flat(cell)] if isinstance(value, list) else [value]


def write(x):
    if x == int(x):
        return str(int(x))
    short = float(f"{x:.6g}")  # Number(x.toPrecision(6))
    return str(int(short)) if short == int(short) else repr(short)


def spoken(shape, cells, round_brackets=False):
    if not shape:
        return write(cells[0])
    size = len(cells) // shape[0]
    inner = (spoken(shape[1:], cells[n * size : (n + 1) * size]) for n in range(shape[0]))
    joined = ", ".join(inner)
    return f"({joined})" if round_brackets else f"[{joined}]"


def near(cells, right, tolerance, scaled):
    if scaled and any(cells) and any(right):
        most, best = max(map(abs, cells)), max(map(abs, right))
        cells, right = [x / most for x in cells], [x / best for x in right]
    return all(
        abs(x - y) <= slack + 1e-6 + 1e-9 * abs(y)
        for x, y, slack in zip(cells, right, tolerance, strict=True)
    )


def verdict(page, text):
    """Return (kind, words)."""
    words, needs = page["words"], page["needs"]
    if not text.strip(" .…"):
        return "open", words["open"].format(needs=needs)
    hidden = unseal(page["sealed"])
    if page["kind"] == "choice":
        return choose(page, hidden, text.strip())
    found = read(text, page["kind"] == "number")
    if found is None:
        return "wrong", words["unread"].format(got=f"“{text.strip()}”", needs=needs)
    shape, cells = found
    due = page["shape"]
    if len(due) < 2 and sum(n > 1 for n in shape) < 2 and len(cells) == (due[0] if due else 1):
        shape = due
    right, right_cells = shape_of(hidden["answer"]), flat(hidden["answer"])
    slack = [hidden["tolerance"]] * len(cells)
    if shape == right and near(cells, right_cells, slack, hidden["scaled"]):
        return "right", hidden["why"]
    got = spoken(shape, cells, len(shape) == 1)
    for mistake in hidden["mistakes"]:
        wrong = flat(mistake["answer"])
        slack = [0 if x == round(x) else 0.006 for x in wrong]
        same_shape = shape == shape_of(mistake["answer"])
        if same_shape and near(cells, wrong, slack, hidden["scaled"]):
            return "wrong", words["got"].format(got=got, words=mistake["words"])
    if shape == right:
        said = where(page, cells, right_cells)
        return "wrong", words["got"].format(got=got, words=said)
    if len(shape) < 2:
        number = "number" if len(cells) == 1 else "numbers"
        gaps = {"got": got, "count": len(cells), "number": number, "needs": needs}
        return "wrong", words["count"].format(**gaps)
    return "wrong", words["shape"].format(shape=f"({', '.join(map(str, shape))})", needs=needs)


def choose(page, hidden, given):
    if given.casefold() == hidden["answer"].casefold():
        return "right", hidden["why"]
    for mistake in hidden["mistakes"]:
        if given.casefold() == mistake["answer"].casefold():
            got = f"“{mistake['answer']}”"
            return "wrong", page["words"]["got"].format(got=got, words=mistake["words"])
    choices = ", ".join(f"“{choice}”" for choice in page["choices"])
    return "wrong", page["words"]["choose"].format(got=f"“{given}”", choices=choices)


def where(page, cells, right):
    words, shape, parts = page["words"], page["shape"], page["parts"]
    if not shape:
        return words["small"] if cells[0] < right[0] else words["large"]
    none = [0] * len(cells)
    if len(shape) == 1 and near(sorted(cells), sorted(right), none, False):
        return words["order of"].format(parts=", ".join(parts)) if parts else words["order"]
    off = [
        n
        for n, (x, y) in enumerate(zip(cells, right, strict=True))
        if not near([x], [y], [0], False)
    ]
    if len(off) == len(cells):
        return words["none"]
    places = [place(shape, parts, n) for n in off]
    if len(places) > 3:
        places = [*places[:3], f"{len(places) - 3} more"]
    comma = "; " if len(shape) == 2 else ", "
    listed = comma.join(places[:-1]) + (" and " if places[1:] else "") + places[-1]
    listed = listed[0].upper() + listed[1:]
    return words["off"].format(places=listed, verb="are" if places[1:] else "is")


def place(shape, parts, number):
    if len(shape) == 1:
        return f"the {ORDINALS[number]} number" + (f" ({parts[number]})" if parts else "")
    at = []
    for size in reversed(shape):
        at, number = [number % size, *at], number // size
    if len(shape) == 2:
        return f"row {at[0] + 1}, column {at[1] + 1}"
    return f"the number at ({', '.join(map(str, at))})"
