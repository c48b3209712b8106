"""The form for teachers makes a link of nbgitpuller, and explains what is missing."""

from urllib.parse import parse_qs, urlsplit

PAGE = "book/teaching.html"


def test_link_opens_the_chapter_on_the_hub(visit):
    page = visit.open(PAGE)
    page.get_by_label("Address of your hub").fill("https://hub.example.org/")
    page.get_by_label("Address of the notebooks").fill("https://github.com/you/course.git")
    page.get_by_label("Chapter").select_option("notebooks/03_sizes.ipynb")
    address = page.locator("#class-link output a").get_attribute("href")
    parts = urlsplit(address)
    assert address.startswith("https://hub.example.org/hub/user-redirect/git-pull?")
    assert parse_qs(parts.query) == {
        "repo": ["https://github.com/you/course"],
        "branch": ["main"],
        "urlpath": ["lab/tree/course/notebooks/03_sizes.ipynb"],
    }


def test_any_page_of_the_hub_and_any_branch_will_do(visit):
    page = visit.open(PAGE)
    hub, repo = "https://hub.example.org/class", "https://github.com/you/course"
    for typed_hub in (f"{hub}/hub/home?next=1#top", f"{hub}/user/ada/lab", f"{hub}/"):
        for typed_repo, branch in (
            (f"{repo}/tree/autumn/notebooks", "autumn"),
            (f"{repo}/blob/v2/README.md?plain=1#l3", "v2"),
            (f"{repo}/", "main"),
        ):
            page.get_by_label("Address of your hub").fill(typed_hub)
            page.get_by_label("Address of the notebooks").fill(typed_repo)
            page.get_by_label("Branch").fill("")
            address = page.locator("#class-link output a").get_attribute("href")
            assert address.startswith(f"{hub}/hub/user-redirect/git-pull?")
            query = parse_qs(urlsplit(address).query)
            assert (query["repo"], query["branch"]) == ([repo], [branch])


def test_form_says_what_is_missing_or_wrong(visit):
    page = visit.open(PAGE)
    said = page.locator("#class-link output")
    assert said.inner_text() == "The address of the hub is missing."
    page.get_by_label("Address of your hub").fill("hub")
    assert "is no address: “hub”" in said.inner_text()
    page.get_by_label("Address of your hub").fill("javascript:alert(1)")
    assert "must start with https://" in said.inner_text()
    page.get_by_label("Address of your hub").fill("http://hub.example.org")
    assert "must start with https://" in said.inner_text()
    page.get_by_label("Address of your hub").fill("https://ada:secret@hub.example.org")
    assert "holds a name or a password" in said.inner_text()
    page.get_by_label("Address of your hub").fill("https://hub.example.org")
    for bare in ("https://github.com", "https://github.com/you/"):
        page.get_by_label("Address of the notebooks").fill(bare)
        assert "names no repository" in said.inner_text()
    assert said.locator("a").count() == 0
