"""Take the README's picture of the explorer from the built book.

make book && python tools/make_screenshot.py
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.chromium import launch

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "_build" / "html" / "notebooks" / "03_sizes.html").as_uri()
STATE = "#explorer?height=8&width=7&kernel_size=3&stride=2&padding=1&dilation=1&position=6"
TARGET = ROOT / "book" / "_static" / "explorer.png"

if __name__ == "__main__":
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(
            viewport={"width": 1280, "height": 900}, device_scale_factor=1.5, color_scheme="light"
        )
        page.goto(PAGE + STATE)
        explorer = page.locator("[data-cnn-ready] .cnn-widget[data-key=explorer]")
        explorer.wait_for()
        explorer.screenshot(path=TARGET)
        browser.close()
    print(TARGET)
