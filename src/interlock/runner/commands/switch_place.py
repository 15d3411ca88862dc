"""Which state folder is meant, as forgivingly as is safe: a halt has to work when the configuration does not.

Two keys of the file are looked at, and nothing else: no plugin is imported, no limit is checked.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import attrs
import click
from attrs import frozen

from interlock.core.modes import RunMode
from interlock.runner.config import environment
from interlock.runner.config.model import Config
from interlock.runner.config.problems import path_text, printable
from interlock.runner.config.source import BYTES_MAX, find

_LINE: Final = re.compile(r"""^\s*(state_dir|run_mode)\s*=\s*(["'])(.*?)\2""")


@frozen(kw_only=True)
class Places:
    """The folders of the runs that are meant, and what was odd on the way to them. ``besides``: those of the other
    modes that are there."""

    folders: tuple[Path, ...]
    besides: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


def find_places(config: Path | None, mode: str | None, state_dir: Path | None) -> Places:
    """Where the journal of the run that is meant lies; everywhere, where it cannot be told which run is meant.

    ``state_dir`` counts instead of the file's. Raises ``click.UsageError`` where nothing can be told at all.
    """
    meant, bases = _meant(config, mode, state_dir)
    # A variable, or a file that was edited since, may lower the mode: that must aim no halt away from a run in LIVE.
    return attrs.evolve(meant, besides=tuple(each for each in _there(*bases) if each not in meant.folders))


def others(folder: Path) -> tuple[Path, ...]:
    """The folders of the other modes that are there, beside ``folder`` of one mode."""
    return tuple(each for each in _there(folder.parent) if each != folder)


def _there(*bases: Path) -> tuple[Path, ...]:
    return tuple(base / name for base in bases for name in _names() if _is_folder(base / name))


def _is_folder(place: Path) -> bool:
    try:
        return place.is_dir()
    except OSError:
        # Where nobody may look nothing can be put, either; what was meant is put all the same, or fails by itself.
        return False


def _meant(config: Path | None, mode: str | None, state_dir: Path | None) -> tuple[Places, tuple[Path, ...]]:
    """The folders that are meant, and every folder that may hold those of other modes."""
    notes: list[str] = []
    said: Mapping[str, Any] = {}
    base: Path | None = state_dir
    if base is None:
        file = find(config, os.environ)
        if file is not None:
            said = _said(file, notes)
        base = _base(said, file)
    asked = mode if mode is not None else os.environ.get(environment.MODE)
    if asked is None and state_dir is None:
        asked = said.get("run_mode", RunMode.SIM.value)
    bases: tuple[Path, ...] = (base,) if base is not None else ()
    if state_dir is not None and state_dir.name in _names():
        bases = (state_dir, state_dir.parent)
        if mode is None:
            # It is the folder of one mode itself that was named, and no variable leads into another one below it.
            return Places(folders=(state_dir,)), bases
    if base is None:
        raise click.UsageError("no state folder can be told: name it with --state-dir.")
    known = next((each for each in RunMode if isinstance(asked, str) and each.value == asked.strip().upper()), None)
    if mode is not None and known is None:
        raise click.UsageError(f"--mode {printable(mode)} is none of {', '.join(RunMode)}.")
    if known is not None:
        return Places(folders=(base / known.lower(),), notes=tuple(notes)), bases
    there = _there(base)
    if not there:
        raise click.UsageError(f"{path_text(base)} holds the folder of no run: name --mode, or another --state-dir.")
    return Places(folders=there, notes=(*notes, "the mode cannot be told, so it is put into the folder of each")), bases


def _names() -> tuple[str, ...]:
    return tuple(each.lower() for each in RunMode)


def _base(said: Mapping[str, Any], file: Path | None) -> Path | None:
    written = said.get("state_dir", attrs.fields(Config).state_dir.default)
    if not isinstance(written, str) or not written:
        return None
    return (file.parent if file is not None else Path()) / written


def _said(file: Path, notes: list[str]) -> Mapping[str, Any]:
    """What the file says of the two keys. One that is no TOML is read line by line."""
    if not file.is_file():
        raise click.UsageError(f"there is no file {path_text(file)}: name the folder of the journal with --state-dir.")
    try:
        with file.open("rb") as opened:
            text = opened.read(BYTES_MAX).decode("utf-8-sig", "replace")
    except OSError as error:
        because = (error.strerror or type(error).__name__).lower()
        raise click.UsageError(
            f"{path_text(file)} cannot be read ({because}): name the folder of the journal with --state-dir."
        ) from error
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        notes.append(f"{path_text(file)} is no TOML: state_dir and run_mode were looked for line by line")
    found: dict[str, Any] = {}
    for line in text.splitlines():
        if line.lstrip().startswith("["):
            break  # the keys of a table
        if (match := _LINE.match(line)) is not None:
            # Said twice, in two ways: nobody can tell which was meant.
            found[match[1]] = match[3] if found.get(match[1], match[3]) == match[3] else None
    return found
