"""Where each value of the effective configuration came from."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import PurePath
from typing import Final

from attrs import frozen
from typing_extensions import override

from interlock.core import origins as observed
from interlock.core.origins import OriginSource
from interlock.runner.config.problems import KeyPath, key_text


class OriginKind(StrEnum):
    """Who said so. Later ones win over earlier ones, and may lower the run mode but never raise it."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    FLAG = "flag"


@frozen(kw_only=True)
class Origin:
    """``detail`` is the file's name, the variable's or the flag's; ``line`` is known for files."""

    kind: OriginKind
    detail: str = ""
    line: int | None = None

    @override
    def __str__(self) -> str:
        if self.line is not None:
            return f"{self.detail}:{self.line}"
        return self.detail or self.kind


DEFAULT = Origin(kind=OriginKind.DEFAULT)

_RECORDED: Final = {
    OriginKind.FILE: OriginSource.FILE,
    OriginKind.ENVIRONMENT: OriginSource.ENVIRONMENT,
    OriginKind.FLAG: OriginSource.COMMAND_LINE,
}


def leaves(tree: object, path: KeyPath = ()) -> dict[KeyPath, object]:
    """Every value of a TOML-shaped tree by its key path. A list of plain values is one value, and so is
    a table with nothing in it: that it stands there turns a control on."""
    found: dict[KeyPath, object] = {}
    if isinstance(tree, dict) and tree:
        for key, value in tree.items():
            found |= leaves(value, (*path, key))
    elif isinstance(tree, list) and tree and all(isinstance(item, dict) for item in tree):
        for index, item in enumerate(tree):
            found |= leaves(item, (*path, index))
    else:
        found[path] = tree
    return found


def trace(tree: object, lines: Mapping[KeyPath, int], file: str | None) -> dict[str, Origin]:
    """The origin of every value: the file and line where it is written there, otherwise the default."""
    return {
        key_text(path): Origin(kind=OriginKind.FILE, detail=file, line=lines[path])
        if file is not None and path in lines
        else DEFAULT
        for path in leaves(tree)
    }


def as_recorded(origins: Mapping[str, Origin]) -> tuple[observed.Origin, ...] | None:
    """What a journal keeps of them: all but the defaults, by place. None where nobody knows any.

    Of a file only its name: the folder that it lies in is this machine's, and tells nothing to those who read a copy.
    """
    if not origins:
        return None
    found: dict[tuple[OriginSource, str], dict[str, int | None]] = {}
    for key, origin in sorted(origins.items()):
        if origin.kind is not OriginKind.DEFAULT:
            place = _RECORDED[origin.kind], PurePath(origin.detail).name
            found.setdefault(place, {})[key] = origin.line
    return tuple(observed.Origin(source=place[0], name=place[1], keys=keys) for place, keys in sorted(found.items()))
