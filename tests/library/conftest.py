"""Settings and data that all tests of the library share."""

import os

import pytest
from hypothesis import HealthCheck, settings

from cnnlib.data import load_digits

# The same examples on every run in CI, so that a red build is red again when it is repeated. On a
# developer's machine new examples are tried every time.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if "CI" in os.environ else "local")


@pytest.fixture(scope="module")
def data():
    images, labels = load_digits("train")
    return images[:200], labels[:200]


@pytest.fixture(scope="module")
def validation():
    images, labels = load_digits("test")
    return images[:90], labels[:90]
