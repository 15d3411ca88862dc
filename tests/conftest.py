"""What holds for every test: the kit's assertions explain themselves, and no machine is too slow for Hypothesis."""

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("interlock.testing")

settings.register_profile("interlock", deadline=None)
settings.load_profile("interlock")
