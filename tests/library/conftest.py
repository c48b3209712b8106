"""Settings that all tests of the library share."""

import os

import pytest
from hypothesis import HealthCheck, settings

# The same examples on every run in CI, so that a red build is red again when it is repeated. On a
# developer's machine new examples are tried every time.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if "CI" in os.environ else "local")


@pytest.fixture(scope="session")
def torch():
    """PyTorch, the oracle. Without it a test is skipped; in CI it must be there."""
    try:
        import torch
    except ImportError:
        if "CI" in os.environ:
            pytest.fail("PyTorch is missing, and the tests against it must run in CI")
        pytest.skip("PyTorch is not installed")
    torch.set_num_threads(1)  # its pool and NumPy's would spin against each other
    return torch
