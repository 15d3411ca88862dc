"""What a writer leaves in its lock file: who it is, and which run it was and how that ended.

Advice, and nothing more: whatever stands in the file, or does not, only words depend on it. It has one size, and is
written over what is there: so word can be left on a full disk too.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from interlock.core.ports.journal import LastWords
from interlock.core.values import LightValue

# The whole file. It holds the longest of everything below.
SIGNATURE_BYTES: Final = 1_000
_ENDED_MAX: Final = 200
_NAME_MAX: Final = 64
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class LastRun(LightValue, frozen=True, kw_only=True):
    """The run that wrote last: on which machine and since which of its starts, where that is known."""

    run_id: str
    ended: str = ""
    boot: str = ""
    host: str = ""

    @property
    def words(self) -> LastWords:
        """The same, seen from here and now."""
        here = self.host == _here()
        now = boot_id()
        restarted = here and bool(self.boot) and bool(now) and self.boot != now
        return LastWords(run_id=self.run_id, ended=self.ended, machine_restarted=restarted)


def run_here(run_id: str, ended: str) -> LastRun:
    """A run of this machine."""
    return LastRun(run_id=_name(run_id), ended=_ended(_cut(ended)), boot=boot_id(), host=_here())


def boot_id() -> str:
    """What names the start of this machine; empty where nobody says it."""
    try:
        return _name(_BOOT_ID.read_text().strip())
    except (OSError, ValueError):
        return ""


def signature(since: datetime, last_run: LastRun | None) -> bytes:
    """The file of a writer: this process, since when, and the run that it is, or the one that was before."""
    words: dict[str, Any] = {
        "host": _here(),
        "pid": os.getpid(),
        "since": since.astimezone(UTC).isoformat(timespec="seconds"),
    }
    if last_run is not None:
        words["run"] = {"boot": last_run.boot, "ended": last_run.ended, "host": last_run.host, "id": last_run.run_id}
    return json.dumps(words).encode().ljust(SIGNATURE_BYTES - 1) + b"\n"


def last_run_in(text: bytes) -> LastRun | None:
    """The run that a lock file tells of; None where it tells of none, or of nothing that can be understood."""
    try:
        run = json.loads(text)["run"]
        parts = [run[key] for key in ("id", "ended", "boot", "host")]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    if not all(isinstance(part, str) for part in parts):
        return None
    run_id, ended, boot, host = parts
    return LastRun(run_id=_name(run_id), ended=_ended(ended), boot=_name(boot), host=_name(host))


def _name(text: str) -> str:
    return _plain(text, _NAME_MAX)


def _cut(text: str) -> str:
    """As much as there is room for, ended at a word, and no quotation left open."""
    if len(text) <= _ENDED_MAX:
        return text
    words = text[: _ENDED_MAX - 3].rpartition(" ")[0] or text[: _ENDED_MAX - 3]
    if words.count("`") % 2:
        words = words.rpartition("`")[0]
    return f"{words.rstrip(' ,:;')}..."


def _ended(text: str) -> str:
    """As it was said: a backslash takes two bytes, and there is room for so many of them in this one part."""
    return _printable(text, _ENDED_MAX)


def _plain(text: str, length: int) -> str:
    """Printable ASCII that JSON writes as it is, so that its length is known."""
    return _printable(text, length).replace("\\", "/")


def _printable(text: str, length: int) -> str:
    plain = "".join(each if each.isascii() and each.isprintable() else "?" for each in text[:length])
    return plain.replace('"', "'")


def _here() -> str:
    import socket  # takes its time, and a mere reader does not ask

    return _name(socket.gethostname())
