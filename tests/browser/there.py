"""Whether there is a browser: asked without importing what drives it."""

import shutil
from typing import Final

MISSING: Final = (
    "chromium and chromedriver are not on PATH: `make test-browser` installs Debian's; elsewhere install both yourself"
)


def is_there() -> bool:
    """Whether there is a Chromium, and what drives it."""
    return shutil.which("chromium") is not None and shutil.which("chromedriver") is not None
