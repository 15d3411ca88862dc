"""The charts' library: one script file, which its package ships. Nothing of the package is imported: that takes longer
than all the rest of a report (ADR 0067)."""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from attrs import frozen

from interlock.core.faults import ConfigurationError

PACKAGE: Final = "plotly"
SCRIPT: Final = "package_data/plotly.min.js"


@frozen(kw_only=True)
class Library:
    """The library's script, and the package and version that it came from."""

    package: str
    script: str
    version: str


def library() -> Library:
    """The script. Raises ``ConfigurationError`` where it is not installed."""
    found = find_spec(PACKAGE)
    folders = found.submodule_search_locations if found is not None else None
    for folder in folders or ():
        file = Path(folder) / SCRIPT
        if file.is_file():
            return Library(package=PACKAGE, script=file.read_text("utf-8"), version=version(PACKAGE))
    raise missing(PACKAGE)


def missing(package: str) -> ConfigurationError:
    """``package`` is not installed, and what to do about it."""
    return ConfigurationError(
        f"a report needs the package {package}, which is not installed here: pip install 'interlock[report]', or `make "
        "run` in a checkout"
    )
