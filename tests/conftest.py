"""What tests of several folders share: PyTorch, the oracle."""

import pytest

from tests.required import required


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
