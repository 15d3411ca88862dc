"""Whether somebody else can change the configuration: limits are worth what the permissions of their file are worth."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from interlock.runner.config.problems import path_text
from interlock.runner.look import Look

ROOT: Final = 0
_ELSEWHERE: Final = "keep a copy in a folder of your own, and name that"


def file_look(path: Path, *, live: bool) -> Look:
    """Nobody else may change the limits: not in the file, and not by putting another one in its place.

    As with the state folder, whose file it is counts, and who may write where it lies. Root may change everything
    anyway. A group is trusted below LIVE: where each user has a group of their own, every file that they write is open
    to it, and a finding would be told of most homes. It is mentioned there; in LIVE it is a finding.
    """
    shown = path_text(path)
    others = stat.S_IWOTH | (stat.S_IWGRP if live else 0)
    wrong = next(_wrong(path, others), None)
    if wrong is not None:
        return Look(name="configuration file", ok=False, detail=wrong[0], remedy=wrong[1])
    detail = f"{shown} is not open to everybody's changes"
    if next(_wrong(path, stat.S_IWGRP), None) is not None:
        detail += ", though to its group's: LIVE would take that for a finding"
    return Look(name="configuration file", ok=True, detail=detail)


def _wrong(path: Path, others: int) -> Iterator[tuple[str, str]]:
    """What lets somebody else change the file, and what to do; ``others`` are the rights that nobody else may have."""
    shown, found = path_text(path), path.stat()
    if found.st_uid not in (os.geteuid(), ROOT):
        yield f"{shown} belongs to another user, who can change it", _ELSEWHERE
    if found.st_mode & others:
        yield f"{shown} can be changed by {_who(found, others)}", _closed(shown, found, others)
    # Also where a link leads to: whoever can write there puts another file in its place.
    for folder in dict.fromkeys((path.parent, path.resolve().parent)):
        shown_folder, found = path_text(folder), folder.stat()
        if found.st_uid not in (os.geteuid(), ROOT):
            yield f"{shown} can be replaced: {shown_folder} belongs to another user", _ELSEWHERE
        # In a sticky folder, such as /tmp, only the owner of a file replaces it.
        if found.st_mode & others and not found.st_mode & stat.S_ISVTX:
            yield f"{shown} can be replaced by {_who(found, others)}", _closed(shown_folder, found, others)


def _who(found: os.stat_result, others: int) -> str:
    return "everybody" if found.st_mode & others & stat.S_IWOTH else "its group"


def _closed(shown: str, found: os.stat_result, others: int) -> str:
    if found.st_uid != os.geteuid():
        return _ELSEWHERE
    return f"chmod {'go' if others & stat.S_IWGRP else 'o'}-w {shown}"
