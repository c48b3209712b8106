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

#: A page is thousands of words in a few colours. Of those that look alike, in colour, size, weight
#: and in all that is painted behind them, three are marked, and axe judges their contrast for all.
#: Of a single widget, where things lie over each other, all are. Returns how many looks there are.
MARK = """within => {
  const grounds = new Map([[null, ""]]);
  const names = new Map();
  const groundOf = (one) => {
    if (!grounds.has(one)) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(one);
      const look = [backgroundColor, backgroundImage, opacity, groundOf(one.parentElement)].join();
      if (!names.has(look)) names.set(look, names.size);
      grounds.set(one, names.get(look));
    }
    return grounds.get(one);
  };
  const hasWords = (one) => one.checkVisibility()
    && [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())
    && one.getBoundingClientRect().width > 1; // or they are for screen readers only
  for (const one of document.querySelectorAll("[data-look]")) one.removeAttribute("data-look");
  const seen = new Map();
  for (const one of document.querySelectorAll(`${within}, ${within} *`)) {
    if (!hasWords(one)) continue;
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(one);
    const off = one.closest(":disabled, [aria-disabled=true]") !== null;
    const look = [color, fontSize, fontWeight, textShadow, off, groundOf(one)].join();
    seen.set(look, (seen.get(look) ?? 0) + 1);
    if (seen.get(look) <= 3 || within !== "html") one.dataset.look = "";
  }
  return seen.size;
}"""

#: Code that does not fit its room is scrolled by keyboard: a moment later, the theme sees to it.
REACHED = """() => [...document.querySelectorAll("article pre")].every((code) =>
  code.tabIndex === 0
  || (code.scrollWidth <= code.clientWidth && code.scrollHeight <= code.clientHeight))"""

#: The rule on contrast looks at what is marked; that on sizes at no cell that Tab does not reach:
#: it cannot judge one, and takes most of its time to say so.
TEACH = """axe.configure({ rules: [
  { id: "color-contrast", selector: "[data-look]" },
  { id: "target-size", selector: ":not([role=gridcell][tabindex='-1'])" },
] })"""


def found_by_axe(page, rules: dict[str, Any] = RULES, within: str = "html") -> AxeResults:
    """Return what axe finds on the page, or within the elements of a selector."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
        page.evaluate(TEACH)
    page.wait_for_function(REACHED)
    assert page.evaluate(MARK, within), "there are no words"
    response = page.evaluate(
        "([context, options]) => axe.run(context, options)",
        [within, rules],
    )
    assert response["passes"], "axe looked at nothing"
    return AxeResults(response)
