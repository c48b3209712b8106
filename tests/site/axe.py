"""axe-core on a page of the site: put into a page once, and spared what it has seen alike."""

from typing import Any

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe

#: WCAG 2.2, levels A and AA. Without preload: axe would fetch style sheets by wrong addresses. All
#: nodes are looked at; only violations are reported node by node, which takes half the time.
RULES: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "preload": False,
    "resultTypes": ["violations"],
}

#: What a colour scheme changes, and what width and scheme change; all else is the same DOM.
COLOURS: dict[str, Any] = {**RULES, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
LOOK = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
LOOKS: dict[str, Any] = {**RULES, "runOnly": {"type": "rule", "values": LOOK}}

#: Printed code is thousands of words in a few colours. Of words that look alike, in kind, colour,
#: size, weight and in all that is painted behind them, one is left for axe; the others become text.
THIN_OUT = """() => {
  const seen = new Set();
  for (const word of document.querySelectorAll("pre span:not(:has(*))")) {
    if (!word.checkVisibility()) continue;
    const behind = [];
    for (let at = word; at; at = at.parentElement) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(at);
      behind.push(backgroundColor, backgroundImage, opacity);
    }
    const { color, fontSize, fontWeight } = getComputedStyle(word);
    const look = JSON.stringify([word.className, color, fontSize, fontWeight, behind]);
    if (seen.has(look)) word.replaceWith(word.textContent);
    seen.add(look);
  }
}"""


def found_by_axe(page, rules: dict[str, Any] = RULES, within: str = "html") -> AxeResults:
    """Return what axe finds on the page, or within the elements of a selector."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    page.evaluate(THIN_OUT)
    response = page.evaluate(
        "([context, options]) => axe.run(context, options)",
        [within, rules],
    )
    assert response["passes"], "axe looked at nothing"
    return AxeResults(response)
