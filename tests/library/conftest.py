"""Settings that all tests of the library share."""

import os

from hypothesis import HealthCheck, settings

# The same examples on every run in CI, so that a red build is red again when it is repeated. On a
# developer's machine new examples are tried every time.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if "CI" in os.environ else "local")
