"""The colours of the course in Python, read from the one list of them, `colours.css`."""

import re
from pathlib import Path

#: The list, for whoever shows it to a browser.
STYLE = (Path(__file__).parent / "colours.css").read_text(encoding="utf-8")

#: The colours on light and on dark ground by their names in the list.
LIGHT, DARK = (
    dict(re.findall(r"--cnn-([\w-]+): (#\w{6});", block)) for block in STYLE.split("}")[:2]
)
KINDS = "input", "kernel", "output", "gradient"
#: One colour for one thing.
COLORS = {kind: LIGHT[kind] for kind in KINDS}
SOFT = {kind: LIGHT[f"{kind}-soft"] for kind in KINDS}
PADDING = LIGHT["padding-soft"]
INK = LIGHT["text"]
MUTED = LIGHT["muted"]
LINE = LIGHT["line"]
FAINT = LIGHT["hatch-line"]
