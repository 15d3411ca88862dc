"""The charts' library: one script file, which its package ships. Nothing of the package is imported: that takes longer
than all the rest of a report (ADR 0067)."""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from attrs import frozen

from interlock.core.faults import ConfigurationError

PACKAGE: Final = "plotly"
# What fills the page, and escapes by default.
TEMPLATES: Final = "jinja2"
SCRIPT: Final = "package_data/plotly.min.js"


@frozen(kw_only=True)
class Library:
    """The library's script, and the package and version that it came from."""

    package: str
    script: str
    version: str


def library() -> Library:
    """The script. Raises ``ConfigurationError`` where it is not installed."""
    return Library(package=PACKAGE, script=_file().read_text("utf-8"), version=version(PACKAGE))


def check_installed() -> None:
    """Whether all is there that a page needs: asked before a long journal is read. Raises ``ConfigurationError``."""
    _file()
    if find_spec(TEMPLATES) is None:
        raise _missing(TEMPLATES)


def _file() -> Path:
    found = find_spec(PACKAGE)
    folders = found.submodule_search_locations if found is not None else None
    for folder in folders or ():
        file = Path(folder) / SCRIPT
        if file.is_file():
            return file
    raise _missing(PACKAGE)


def _missing(package: str) -> ConfigurationError:
    return ConfigurationError(
        f"a report needs the package {package}, which is not installed here: pip install 'interlock[report]', or `make "
        "run` in a checkout"
    )
