"""Putting a kill switch file into a state folder, by any means, and taking out again the one that somebody saw.

That it is there is all that counts. What is written into it is for people who find it.
"""

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from attrs import frozen

from interlock.adapters.journal.private_files import make_private_folder, sync_folder
from interlock.core.faults import JournalUnavailable
from interlock.runner.config.problems import path_text
from interlock.runner.kill_switch import FILES, WORDS_BYTES_MAX, look, words_in

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@frozen(kw_only=True)
class Put:
    """What became of it: whether it was there before, and what did not go as it should. It counts all the same."""

    place: Path
    was_there: bool = False
    notes: tuple[str, ...] = ()


def put(folder: Path, name: str, words: str) -> Put:
    """Put the file ``name`` into ``folder``, making the folder where there is none.

    Raises ``JournalUnavailable`` where it could not be put there in any way: then nothing has been restricted.
    """
    place = folder / name
    try:
        if not os.path.lexists(folder):
            make_private_folder(folder)
        done = _put(place, words)
    except OSError as error:
        raise JournalUnavailable(_could_not(place, error)) from error
    if look(folder) is None:
        raise JournalUnavailable(f"{path_text(place)} was put there and is not there: stop the run instead")
    return done


def _could_not(place: Path, error: OSError) -> str:
    because = (error.strerror or type(error).__name__).lower()
    return (
        f"{path_text(place)} could NOT be put there ({because}), neither as a file nor as a folder or a link: nothing "
        "is restricted by this.\nStop the run instead (`interlock status` names its process), and cancel at the venue."
    )


def _put(place: Path, words: str) -> Put:
    try:
        descriptor = os.open(place, _NEW, 0o600)
    except FileExistsError:
        # Meant anew: whoever saw it before this may not take it away any more.
        why = _failing(lambda: _mean_anew(place))
        return Put(place=place, was_there=True, notes=(f"nobody can see that it is meant anew ({why})",) if why else ())
    except OSError as error:
        return _otherwise(place, error)
    try:
        if why := _failing(lambda: _write(descriptor, words)):
            return Put(place=place, notes=(f"nothing could be written into it ({why}): it counts all the same",))
    finally:
        os.close(descriptor)
    return Put(place=place, notes=_durable(place))


def _mean_anew(place: Path) -> None:
    # Its own times stay: what changes is when the inode was changed, and nobody can set that back.
    found = os.lstat(place)
    os.utime(place, ns=(found.st_atime_ns, found.st_mtime_ns), follow_symlinks=False)


def _write(descriptor: int, words: str) -> None:
    os.write(descriptor, words.encode("utf-8", "replace")[:WORDS_BYTES_MAX])
    os.fsync(descriptor)


def _otherwise(place: Path, error: OSError) -> Put:
    """A disk on which no file can be made may take a folder, or another name of a file that is there already."""
    links = [partial(os.link, there, place, follow_symlinks=False) for there in _files_in(place.parent)]
    ways: list[Callable[[], None]] = [partial(place.mkdir, 0o700), *links, partial(place.symlink_to, place.name)]
    for way in ways:
        if not _failing(way):
            because = (error.strerror or type(error).__name__).lower()
            return Put(place=place, notes=(f"it is no file of its own ({because}): it counts all the same",))
    raise error


def _files_in(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return sorted(each.path for each in found if each.is_file(follow_symlinks=False))[:3]
    except OSError:
        return []


def _durable(place: Path) -> tuple[str, ...]:
    why = _failing(lambda: sync_folder(place.parent))
    return (f"it may not outlast a power failure ({why})",) if why else ()


def _failing(do: Callable[[], object]) -> str:
    """What kept ``do`` from being done; empty where it was."""
    try:
        do()
    except OSError as error:
        return (error.strerror or type(error).__name__).lower()
    return ""


@frozen(kw_only=True)
class Removed:
    """What was taken out, each with what it said, and what could not be, each with why."""

    gone: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()


# Which one it is, of all that ever had its name: device, inode, and when it was last put or meant anew.
Identity = tuple[int, int, int]


def identities(folder: Path) -> dict[str, Identity]:
    """The kill switch files in ``folder``, each by its name. One that cannot be looked at is not among them."""
    found = {name: _identity(folder / name) for name in FILES}
    return {name: each for name, each in found.items() if each is not None}


def _identity(place: Path) -> Identity | None:
    try:
        found = os.lstat(place)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_ctime_ns


def remove(folder: Path, seen: Mapping[str, Identity]) -> Removed:
    """Take the kill switch files that were ``seen`` out of ``folder``, whatever they are. What still restricts then is
    ``standing``: where one came after the look, all stay."""
    if later := came_later(folder, seen):
        return Removed(standing=later)
    gone: list[str] = []
    standing: list[str] = []
    for name in identities(folder):
        place = folder / name
        said = words_in(place)
        if _identity(place) != seen.get(name):
            standing.append(_later(place))
            continue
        # What somebody put there as a folder is empty; one that is not may hold what is somebody's.
        why = _failing(place.rmdir if place.is_dir() and not place.is_symlink() else place.unlink)
        if why:
            standing.append(f"{path_text(place)} cannot be removed: {why}")
        else:
            gone.append(f"{name} ({said})" if said else name)
    left = look(folder)
    if left is not None and not standing:
        standing.append(f"the kill switch in {path_text(folder)} is on ({left.found})")
    if gone and (why := _failing(lambda: sync_folder(folder))):
        # It would come back, and halt again: no harm.
        gone.append(f"(which may not outlast a power failure: {why})")
    return Removed(gone=tuple(gone), standing=tuple(standing))


def came_later(folder: Path, seen: Mapping[str, Identity]) -> tuple[str, ...]:
    """The kill switch files in ``folder`` that are not those that were ``seen``, in words."""
    there = identities(folder)
    return tuple(_later(folder / name) for name in there if there[name] != seen.get(name))


def _later(place: Path) -> str:
    return f"{path_text(place)} was put there after you had looked"
