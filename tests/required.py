"""What the tests must have, by the word of whoever runs them; otherwise they do without."""

import os


def required(name: str) -> bool:
    """Say whether CNNLIB_REQUIRE ("torch browser", say) names it: then to lack it is a failure."""
    return name in os.environ.get("CNNLIB_REQUIRE", "").split()
