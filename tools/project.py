"""What the repository says about itself, read in one place: its address, and how to cite it."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent


def read_yaml(name: str) -> dict[str, Any]:
    """Return what a settings file of the repository says."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def repository_url() -> str:
    """Return the address of the repository that _config.yml names, or an empty text."""
    url = (read_yaml("_config.yml").get("repository") or {}).get("url") or ""
    return url.rstrip("/").removesuffix(".git")


def citation() -> dict[str, Any]:
    """Return what CITATION.cff says."""
    return read_yaml("CITATION.cff")


def authors() -> str:
    """Return who is to be cited."""
    names = [each.get("name") or each["family-names"] for each in citation()["authors"]]
    return " and ".join(names)


def year() -> str:
    """Return the year of the release."""
    return str(citation()["date-released"])[:4]


def bibtex(kind: str, key: str, fields: dict[str, str]) -> str:
    """Return an entry of BibTeX; a field without a value is left out.

    >>> print(bibtex("misc", "one", {"title": "One", "url": ""}))
    @misc{one,
      title = {One},
    }
    """
    wide = max(map(len, fields))
    rows = [f"  {name:{wide}} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{key},", *rows, "}"])
