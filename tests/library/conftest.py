"""Settings that all tests of the library share."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.required import required

# The same examples on every run in CI, so that a red build is red again when it is repeated. On a
# developer's machine new examples are tried every time.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if "CI" in os.environ else "local")


@pytest.fixture(scope="session")
def torch():
    """PyTorch, the oracle. Without it a test is skipped, unless CNNLIB_REQUIRE names it."""
    try:
        import torch
    except ImportError:
        if required("torch"):
            pytest.fail("PyTorch is missing, and CNNLIB_REQUIRE asks for it")
        pytest.skip("PyTorch is not installed")
    torch.set_num_threads(1)  # its pool and NumPy's would spin against each other
    return torch
