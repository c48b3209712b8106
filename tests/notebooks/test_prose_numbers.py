"""A figure in the text of a chapter is one that its code prints, or stands here with its source.

So a figure that changes cannot leave the text behind. Sums that the text does are done again.
"""

import math
import re

import pytest

from .test_chapters import CHAPTERS

#: Figures: 0.54, 60,000, 98 %. Small whole numbers are everywhere and would prove nothing.
FIGURE = re.compile(
    r"(?<![\w.,/–-])(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+(?![.\w])|\d+(?= ?%))(?![\d,.]*\d)"
)
PRINTED = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?")
#: A sum: numbers and signs, an equals sign, a number.
SUM = re.compile(
    r"(?<![\w.,)+·/×−^-])(?<![\w)+·/×−^-] )([\d(⌊][\d\s.,+−·/×()⌊⌋²-]*[\d)⌋²])"
    r"\s*=\s*(-?\d[\d,]*(?:\.\d+)?)(?![\d\w.,]*\d)(?!\s*[·+/×^−\\(-])"
)
TEX = [
    (r"\\lfloor|\\left\\lfloor", "⌊"),
    (r"\\rfloor|\\right\\rfloor", "⌋"),
    (r"\\cdot|\\times", "·"),
    (r"\\,|\\;|\\ ", " "),
    (r"\{,\}", ","),
    (r"\\t?frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)"),
    (r"\^2\b|\^\{2\}", "²"),
]

#: Chapter → a figure that no cell prints → where it is from.
ELSEWHERE: dict[str, dict[str, str]] = {
    "01_filters": {"0.5": "3 / 2 − 1"},
    "03_sizes": {"15.5": "31 / 2", "4.5": "9 / 2"},
    "04_features": {
        "0.28": "100 / 359 test digits",
        "0.7": "√(0.98 · 0.02 / 359)",
        "1,438": "load_digits",
        "1.1": "tests/library/test_small_networks.py",
        "3,780": "the solution of exercise 5",
        "95": "confidence_interval",
    },
    "05_learned_kernels": {
        "0.28": "100 / 359 test digits",
        "1.6": "tests/library/test_small_networks.py",
        "95": "confidence_interval",
        "97.8": "printed in 04_features",
    },
    "06_why_not_flat": {
        "1.54": "benchmarks/mnist.md",
        "0.64": "benchmarks/mnist.md",
        "318,010": "benchmarks/mnist.md",
        "80,202": "benchmarks/mnist.md",
        "60,000": "the size of MNIST",
        "2.45": "LeCun et al., 1998, section III",
        "4.7": "LeCun et al., 1998, section III",
        "0.6": "tests/library/test_small_networks.py",
        "1.5": "tests/library/test_small_networks.py",
        "3.6": "tests/library/test_small_networks.py",
    },
    "07_weight_sharing": {
        "451,584": "28² · 24², the formula in the same row",
        "60,000,020": "60,000,000 printed in 06_why_not_flat, and 20 biases",
    },
    "08_receptive_fields": {
        "2,400": "5 · 5 · 6 · 16",
        "110,592": "3 · 9 · 64²",
        "200,704": "49 · 64²",
        "368,640": "10 · 9 · 64²",
        "1,806,336": "441 · 64²",
    },
    "11_transposed": {"0.02": "the spread of the five kernels that are printed"},
    "12_variants": {
        "1,024": "2¹⁰",
        "2,048": "32 · 64",
        "2,336": "288 + 2,048",
        "1.7": "pytorch/pytorch issue 18631",
        "2.99": "pytorch/pytorch issue 18631",
        "110,592": "27 · 64²",
        "36,864": "9 · 64²",
        "163,328": "the sum of the column above it",
        "128,049,152": "163,328 · 28²",
        "115.6": "9 · 64² · 56² / 10⁶",
        "12.8": "64² · 56² / 10⁶",
        "1.8": "9 · 64 · 56² / 10⁶",
        "401,000": "2 · 64 · 56²",
        "263.8": "115.6 million / (401,408 + 36,864)",
        "31.7": "12.8 million / (401,408 + 4,096)",
        "4.5": "1.8 million / (401,408 + 576)",
    },
    "14_designing": {
        "1.34": "the example of cnnlib.BatchNorm2d",
        "0.45": "the example of cnnlib.BatchNorm2d",
        "73,728": "the solution of exercise 2",
        "102,400": "the solution of exercise 2",
    },
    "15_training": {
        **dict.fromkeys(["0.00006", "0.006", "0.6"], "learning rates to try"),
        **dict.fromkeys(["1,797", "60,000", "70,000"], "the sizes of the digits and of MNIST"),
        **dict.fromkeys(["0.63", "0.64", "0.65", "1.50", "1.54", "1.55", "1.56"], "mnist.md"),
        **dict.fromkeys(["318,010", "317,600", "80,202", "1,116,416"], "benchmarks/mnist.md"),
        # the chapter's networks on MNIST, three seeds and 12 epochs, run once: the text says so
        **dict.fromkeys(["6,000", "93.7", "96.8", "91.0", "93.6", "92.7"], "run once"),
        **dict.fromkeys(["79.9", "16.6", "23.0", "88.8"], "run once"),
        "2,746": "the example of cnnlib.nn.digit_networks",
        "7.39": "e²",
        "2.72": "e",
        "2.41": "−log 0.09",
    },
    "16_homework": {"4.7": "the number of a figure"},
}


def plain(text: str) -> str:
    """Return prose without code, addresses and TeX's ways to write signs."""
    text = re.sub(r"```.*?```|`[^`]*`", " ", text, flags=re.DOTALL)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    for tex, sign in TEX:
        text = re.sub(tex, sign, text)
    return text


def prose(chapter: str) -> str:
    """Return the text of a chapter without its sources."""
    cells = [cell.source for cell in CHAPTERS[chapter] if cell.cell_type == "markdown"]
    paragraphs = plain("\n\n".join(cells)).split("\n\n")
    return "\n\n".join(part for part in paragraphs if not part.startswith("**Sources"))


def number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


def printed(chapter: str) -> list[float]:
    """Return all numbers in code and outputs."""
    texts = []
    for cell in CHAPTERS[chapter]:
        if cell.cell_type == "code":
            texts.append(cell.source)
            for output in cell.outputs:
                texts += [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
    return [number(found.strip(",")) for found in PRINTED.findall("\n".join(texts))]


def is_printed(figure: str, numbers: list[float]) -> bool:
    """Whether a number, or a share in per cent, rounds to the figure."""
    places = len(figure.partition(".")[2])
    slack = 0.5 * 10**-places + 1e-9
    return any(
        abs(shown * factor - number(figure)) <= slack for shown in numbers for factor in (1, 100)
    )


def value(text: str) -> float:
    """Return what a sum of numbers comes to."""
    for sign, python in [
        ("−", "-"),
        ("·", "*"),
        ("×", "*"),
        ("⌊", "math.floor("),
        ("⌋", ")"),
        ("²", "**2"),
        (",", ""),
    ]:
        text = text.replace(sign, python)
    return float(eval(text, {"math": math}))


def sums(text: str) -> list[tuple[str, str]]:
    """Return the left and the right side of each sum that can be done."""
    found = []
    for left, right in SUM.findall(text):
        try:
            value(left)
        except (SyntaxError, TypeError, ZeroDivisionError):
            continue
        found.append((left, right))
    return found


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_figure_is_printed_or_has_a_source(chapter):
    numbers, known = printed(chapter), ELSEWHERE.get(chapter, {})
    figures = set(FIGURE.findall(prose(chapter)))
    results = [number(right) for _, right in sums(prose(chapter))]
    unknown = {f for f in figures - set(known) if not is_printed(f, numbers + results)}
    assert not unknown, "print it, or name its source in ELSEWHERE"
    assert set(known) <= figures, "no longer in the text"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_sum_is_right(chapter):
    wrong = []
    for left, right in sums(prose(chapter)):
        slack = 0.5 * 10 ** -len(right.partition(".")[2]) + 1e-9
        if abs(value(left) - number(right)) > slack:
            wrong.append(f"{left} = {right}")
    assert not wrong


def test_a_false_edit_is_noticed():
    assert not is_printed("98.4", [0.979, 97.9])
    assert is_printed("97.9", [0.979])
    assert sums(plain(r"$\lfloor (227 - 11) / 4 \rfloor + 1 = 56$")) == [
        ("⌊ (227 - 11) / 4 ⌋ + 1", "56")
    ]
    assert value("⌊ (227 - 11) / 4 ⌋ + 1") == 55
