"""What lets the book be found, shared and cited: descriptions, addresses, site map, 404 page."""

import re
import xml.etree.ElementTree as ET
from html import unescape

import launch_links
import page_meta
import pytest
import site_files
from jinja2 import Template

import cnnlib
from tools import project

from .conftest import ROOT, SITE, pages

BASE = "https://example.org/course/"
#: Pages that are not part of the book's text.
OTHERS = {"index.html", "search.html", "genindex.html", "404.html"}
TEXTS = [path for path in pages() if path not in OTHERS]


def read(path: str) -> str:
    return (SITE / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("path", TEXTS)
def test_page_has_title_and_description(path):
    text = read(path)
    described = re.findall(r'<meta name="description" content="([^"]*)"', text)
    assert len(described) == 1
    assert 40 <= len(unescape(described[0])) <= page_meta.LONGEST
    assert re.search(r'<meta property="og:title" content="[^"]+"', text)
    title = re.search(r"<title>(.*?)</title>", text, re.DOTALL)[1]
    assert title.strip()
    assert not title.strip().startswith("—")


def test_description_of_a_chapter_says_what_it_teaches():
    said = re.search(r'name="description" content="([^"]*)"', read("notebooks/03_sizes.html"))[1]
    assert said.startswith("How large is the output, and which pixels of the input are never read?")


def test_descriptions_and_titles_differ():
    for pattern in (r'name="description" content="([^"]*)"', r"<title>(.*?)</title>"):
        texts = [re.search(pattern, read(path))[1] for path in TEXTS]
        assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("path", TEXTS)
def test_page_says_licence_version_and_how_to_cite(path):
    text = read(path)
    assert text.count('rel="license"') == 2
    assert f"Version {cnnlib.__version__}." in text
    assert "How to cite" in text


def test_absolute_addresses_come_with_the_one_setting():
    tags = page_meta.head_tags("T", "Words & more.", "notebooks/x.html", BASE, "Book")
    assert f'property="og:url" content="{BASE}notebooks/x.html"' in tags
    assert f'property="og:image" content="{BASE}_static/card.png"' in tags
    assert 'content="Words &amp; more."' in tags
    assert '<meta name="twitter:card"' in tags
    assert BASE not in page_meta.head_tags("T", "Words.", "notebooks/x.html", "", "Book")
    assert (SITE / page_meta.CARD).exists()


def test_site_map_lists_every_page():
    tree = ET.fromstring(site_files.site_map(TEXTS, BASE))
    assert [each[0].text for each in tree] == [BASE + path for path in TEXTS]
    settings = (ROOT / "_config.yml").read_text(encoding="utf-8")
    named = re.search(r'^  baseurl: "(.*)"$', settings, re.MULTILINE)[1]
    assert (SITE / "sitemap.xml").exists() == bool(named)


def test_robots_leave_the_app_alone_under_a_path_too():
    assert site_files.robots(BASE).splitlines() == [
        "User-agent: *",
        "Disallow: /course/lite/",
        f"Sitemap: {BASE}sitemap.xml",
    ]
    assert "Disallow: /lite/" in site_files.robots("https://example.org/")


def test_wrong_address_leads_back_at_any_depth():
    assert site_files.start_of(BASE, "book/index.html") == "/course/book/index.html"
    assert site_files.start_of("", "book/index.html") == "/book/index.html"
    template = (ROOT / "book" / "_templates" / "not-found.html").read_text(encoding="utf-8")
    text = Template(template).render(book="Book", start="/course/book/index.html")
    assert re.findall('href="([^"]*)"', text) == ["/course/book/index.html"]
    for other in ("src=", "url(", "@import"):
        assert other not in text, "needs another file, whose address it cannot know"
    settings = project.read_yaml("_config.yml")
    start = site_files.start_of(settings["html"]["baseurl"], "book/index.html")
    assert read("404.html") == Template(template).render(book=settings["title"], start=start)


def test_no_button_leads_nowhere():
    """GitHub, Colab and Binder only with a repository, the browser always."""
    page = "notebooks/03_sizes"
    assert launch_links.launch_links(page, "", "main") == []
    assert launch_links.launch_links(page, "https://example.org/a/b", "main") == []
    links = dict(launch_links.launch_links(page, "https://github.com/a/b", "main"))
    assert links == {
        "GitHub": "https://github.com/a/b/blob/main/notebooks/03_sizes.ipynb",
        "Colab": "https://colab.research.google.com/github/a/b/blob/notebooks/setup/03_sizes.ipynb",
        "Binder": "https://mybinder.org/v2/gh/a/b/main?urlpath=lab/tree/notebooks/03_sizes.ipynb",
    }
    named = bool(project.repository_url())
    assert ("mybinder.org" in read("notebooks/03_sizes.html")) == named
    assert "Run this chapter here" in read("notebooks/03_sizes.html")
