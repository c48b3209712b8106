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
