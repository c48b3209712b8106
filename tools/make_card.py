"""Make book/_static/card.png: the picture that a shared link to the book shows.

python tools/make_card.py        needs Chrome or Chromium
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.chromium import launch

STATIC = Path(__file__).parent.parent / "book" / "_static"
PAGE = """<body style="margin:0;width:1200px;height:630px;background:#f4f9fc;display:flex;
  align-items:center;gap:70px;padding:0 90px;box-sizing:border-box;font-family:'DejaVu Sans'">
  <div style="width:330px;flex:none">{logo}</div>
  <div><div style="font-size:62px;font-weight:700;line-height:1.15;color:#12222e">Introduction to
  Convolutional Neural Networks</div>
  <div style="font-size:30px;margin-top:34px;color:#34495a">Every slider works on the page.<br>
  Every number is checked.</div></div></body>"""


def main() -> None:
    """Draw the card with a browser."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1200, "height": 630})
        logo = (STATIC / "logo.svg").read_text(encoding="utf-8")
        page.set_content(PAGE.format(logo=logo))
        page.screenshot(path=STATIC / "card.png")
        browser.close()


if __name__ == "__main__":
    main()
